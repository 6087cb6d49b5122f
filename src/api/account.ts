// The account API (mission 4.6), with TM Forum's names where it has one (TMF632 individual).
import { z } from 'zod';
import { type Profile, readProfile } from '../customer/profile.ts';
import { AppError } from '../errors.ts';
import type { ApiContext, ApiRoute } from './route-types.ts';

const individualSchema = z.strictObject({
  id: z.string(),
  href: z.string(),
  '@type': z.literal('Individual'),
  title: z.string().optional(),
  name: z.string(),
  givenName: z.string().optional(),
  familyName: z.string().optional(),
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
      }),
    }),
  ),
});

/** Its routes. */
export function accountRoutes(context: ApiContext): ApiRoute[] {
  return [
    {
      method: 'GET',
      path: '/account/v1/me',
      summary: 'Who the customer is, contacts masked',
      scope: 'account.read',
      level: 'P',
      answers: { 200: individualSchema },
      async handle({ token }) {
        const profile = await readProfile(context, token.accountId);
        if (profile === undefined || profile.brand !== token.brand) throw new AppError('not_found');
        return { body: individual(profile, context.issuer) };
      },
    },
  ];
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
    status: 'active',
    brand: profile.brand,
    accountKind: profile.kind,
    language: profile.locale,
    contactMedium: contactMedia(profile),
  };
}

function contactMedia({ email, number }: Profile) {
  const media = [];
  if (email !== undefined) {
    const characteristic = { emailAddress: email.masked, isVerified: email.isVerified };
    media.push({ mediumType: 'email', preferred: true, characteristic });
  }
  if (number !== undefined) {
    media.push({ mediumType: 'mobile', preferred: email === undefined, characteristic: { phoneNumber: number } });
  }
  return media;
}
