// The account API (mission 4.6): who the customer is, what she may change of it, how she wants to be told. With
// TM Forum's names where it has one (TMF632 individual).
import { z } from 'zod';
import type { AccountCaller, AccountDesk, Preferences, topics } from '../customer/account-types.ts';
import { type ContactView, type Profile, readProfile } from '../customer/profile.ts';
import { versionOf } from '../customer/versions.ts';
import { AppError } from '../errors.ts';
import { InputError } from './problems.ts';
import { type ApiCall, type ApiContext, type ApiRoute, withInput } from './route-types.ts';
import { moment } from './schemas.ts';

const individualSchema = z.strictObject({
  id: z.string(),
  href: z.string(),
  '@type': z.literal('Individual'),
  title: z.string().optional(),
  name: z.string(),
  givenName: z.string().optional(),
  familyName: z.string().optional(),
  /** Attributes that were checked against a document: they cannot be changed here. */
  readOnly: z.array(z.enum(['givenName', 'familyName'])).optional(),
  status: z.literal('active'),
  brand: z.string(),
  accountKind: z.enum(['main', 'secondary', 'group']),
  language: z.enum(['fr', 'en']),
  contactMedium: z.array(
    z.strictObject({
      mediumType: z.enum(['email', 'mobile']),
      preferred: z.boolean(),
      characteristic: z.strictObject({
        emailAddress: z.string().optional(),
        phoneNumber: z.string().optional(),
        isVerified: z.boolean().optional(),
        /** A new contact opens nothing for a day. */
        codesFrom: moment.optional(),
      }),
    }),
  ),
});

const me = '/account/v1/me';

/** Its routes. */
export function accountRoutes(context: ApiContext): ApiRoute[] {
  const { account: desk } = context;
  const read: ApiRoute = {
    method: 'GET',
    path: me,
    summary: 'Who the customer is, contacts masked',
    scope: 'account.read',
    level: 'P',
    answers: { 200: individualSchema },
    refusals: ['not_found'],
    async handle({ token }) {
      const profile = await readProfile(context, token.accountId);
      if (profile === undefined || profile.brand !== token.brand) throw new AppError('not_found');
      return profileAnswer(profile, context.issuer);
    },
  };
  return desk === undefined ? [read] : [read, editRoute(desk, context), ...preferenceRoutes(desk)];
}

// No control characters and nothing that turns the direction of text: names stand in messages and on papers.
const name = z
  .string()
  .trim()
  .min(1)
  .max(60)
  .regex(/^[\p{L}\p{M}][\p{L}\p{M}’' .-]*$/u, 'has characters that are not of a name');

function editRoute(desk: AccountDesk, { issuer }: ApiContext): ApiRoute {
  return withInput({
    ...{ method: 'PATCH', path: me, scope: 'account.write', level: 'Pf' },
    summary: 'Change civility and names; names that were checked against a document stay',
    input: z
      .strictObject({ title: z.enum(['Mme', 'M.']), givenName: name, familyName: name })
      .partial()
      .refine((changes) => Object.values(changes).some((value) => value !== undefined), 'changes nothing'),
    answers: { 200: individualSchema },
    refusals: ['not_found', 'version_mismatch'],
    async handle(call) {
      const { title: civility, givenName, familyName } = call.input;
      const result = await desk.editProfile(callerOf(call), { civility, givenName, familyName });
      if (result.kind === 'changed') return profileAnswer(result.profile, issuer);
      if (result.kind === 'stale') throw new AppError('version_mismatch');
      if (result.kind === 'not-found') throw new AppError('not_found');
      throw new InputError(result.fields.map((field) => ({ field, problem: 'was checked against a document' })));
    },
  });
}

const channels = z
  .array(z.enum(['email', 'sms']))
  .max(2)
  .refine((list) => new Set(list).size === list.length, 'names a channel twice');
const preferencesSchema = z.strictObject({
  language: z.enum(['fr', 'en']),
  /** Channels by topic; alerts about security cannot be switched off. */
  topics: z.strictObject({
    ...{ security: channels, contracts: channels, orders: channels, usage: channels, billing: channels },
    ...{ mailbox: channels, news: channels },
  } satisfies Record<(typeof topics)[number], typeof channels>),
});

function preferenceRoutes(desk: AccountDesk): ApiRoute[] {
  const path = `${me}/preferences`;
  return [
    {
      ...{ method: 'GET', path, scope: 'account.read', level: 'P' },
      summary: 'The language of messages, and by which channel each topic comes',
      answers: { 200: preferencesSchema },
      refusals: ['not_found'],
      async handle({ token }) {
        const preferences = await desk.preferences(token.accountId);
        if (preferences === undefined) throw new AppError('not_found');
        return preferencesAnswer(preferences);
      },
    },
    withInput({
      ...{ method: 'PUT', path, scope: 'account.write', level: 'P' },
      summary: 'Choose them; security comes by e-mail and SMS in any case',
      input: preferencesSchema,
      answers: { 200: preferencesSchema },
      refusals: ['not_found', 'version_mismatch'],
      async handle(call) {
        const { language: locale, topics: wanted } = call.input;
        const result = await desk.keepPreferences(callerOf(call), { locale, topics: wanted });
        if (result.kind === 'kept') return preferencesAnswer(result.preferences);
        if (result.kind === 'stale') throw new AppError('version_mismatch');
        if (result.kind === 'not-found') throw new AppError('not_found');
        throw new InputError([{ field: 'topics.security', problem: 'cannot be switched off' }]);
      },
    }),
  ];
}

/** The header that names the version of a body, for If-Match. */
export function etagOf(value: unknown): { ETag: string } {
  return { ETag: `"${versionOf(value)}"` };
}

/** The caller as the use cases know her. */
export function callerOf({ token, address, ifMatch }: Pick<ApiCall, 'token' | 'address' | 'ifMatch'>): AccountCaller {
  return { accountId: token.accountId, brand: token.brand, address, ifMatch };
}

function preferencesAnswer(preferences: Preferences) {
  const { locale: language, topics: chosen } = preferences;
  return { body: { language, topics: chosen }, headers: etagOf(preferences) };
}

function profileAnswer(profile: Profile, issuer: string) {
  return { body: individual(profile, issuer), headers: etagOf(profile) };
}

function individual(profile: Profile, issuer: string) {
  return {
    id: profile.accountId,
    href: `${issuer}/api/account/v1/me`,
    '@type': 'Individual',
    title: profile.civility,
    name: profile.name,
    givenName: profile.givenName,
    familyName: profile.familyName,
    ...(profile.namesAreFixed ? { readOnly: ['givenName', 'familyName'] } : {}),
    status: 'active',
    brand: profile.brand,
    accountKind: profile.kind,
    language: profile.locale,
    contactMedium: contactMedia(profile),
  };
}

function contactMedia({ email, mobile, number }: Profile) {
  const media = [];
  if (email !== undefined) {
    const characteristic = { emailAddress: email.masked, ...stateOf(email) };
    media.push({ mediumType: 'email', preferred: true, characteristic });
  }
  const preferred = email === undefined;
  if (mobile !== undefined) {
    const characteristic = { phoneNumber: mobile.masked, ...stateOf(mobile) };
    media.push({ mediumType: 'mobile', preferred, characteristic });
  } else if (number !== undefined) {
    media.push({ mediumType: 'mobile', preferred, characteristic: { phoneNumber: number } });
  }
  return media;
}

function stateOf({ isVerified, codesFrom }: ContactView) {
  return { isVerified, ...(codesFrom === undefined ? {} : { codesFrom }) };
}
