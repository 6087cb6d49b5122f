// The customer's own account in the area: personal information, contacts, preferences, the address of contracts.
import { z } from 'zod';
import { addBankPages } from './account-bank-pages.ts';
import { addSecurityPages } from './account-security-pages.ts';
import type { Area, FormCall, Params } from './area.ts';

const api = '/account/v1/me';

const medium = z.object({
  mediumType: z.enum(['email', 'mobile']),
  characteristic: z.object({
    emailAddress: z.string().optional(),
    phoneNumber: z.string().optional(),
    isVerified: z.boolean().optional(),
    codesFrom: z.coerce.date().optional(),
  }),
});
const individual = z.object({
  title: z.string().optional(),
  name: z.string(),
  givenName: z.string().optional(),
  familyName: z.string().optional(),
  readOnly: z.array(z.string()).default([]),
  contactMedium: z.array(medium),
});
const topicNames = ['security', 'contracts', 'orders', 'usage', 'billing', 'mailbox', 'news'] as const;
const channels = ['email', 'sms'] as const;
const preferences = z.object({
  language: z.enum(['fr', 'en']),
  topics: z.record(z.string(), z.array(z.enum(channels))),
});
const contracts = z.array(z.object({ id: z.string(), kind: z.string(), label: z.string().nullable() }));
const place = z.object({
  street: z.string(),
  complement: z.string().optional(),
  postCode: z.string(),
  city: z.string(),
});
const addressChange = z.object({
  id: z.string(),
  state: z.enum(['draft', 'done']),
  place,
  contract: z.array(
    z.object({ id: z.string(), kind: z.string(), label: z.string().nullable(), formerPlace: place.optional() }),
  ),
});

/** Adds all of them. */
export function addAccountPages(area: Area): void {
  addPersonPages(area);
  addContactForms(area);
  addAddressPages(area);
  addBankPages(area);
  addSecurityPages(area);
}

function addPersonPages(area: Area): void {
  area.page('/account', async (call) => {
    const me = await call.api({ path: api });
    const chosen = await call.api({ path: `${api}/preferences` });
    const data = {
      me: individual.parse(me.body),
      version: me.version,
      preferences: preferences.parse(chosen.body),
      preferencesVersion: chosen.version,
      ...{ topicNames, channels },
    };
    return { view: 'account', title: 'account.title', data };
  });
  area.form('/account/person', { page: '/account' }, async ({ api: call, fields }) => {
    const names = [
      ['title', fields['title']],
      ['givenName', fields['given_name']],
      ['familyName', fields['family_name']],
    ];
    // A field that is not in the form is not changed.
    const body = Object.fromEntries(names.filter(([, value]) => value !== undefined && value !== ''));
    await call({ method: 'PATCH', path: api, body, version: fields['version'] });
    return '/account?done=saved';
  });
  area.form('/account/preferences', { page: '/account' }, async ({ api: call, fields }) => {
    const topics = topicNames.map((topic) => [
      topic,
      channels.filter((channel) => topic === 'security' || fields[`topic_${topic}_${channel}`] === 'yes'),
    ]);
    const body = { language: fields['language'] ?? 'fr', topics: Object.fromEntries(topics) };
    await call({ method: 'PUT', path: `${api}/preferences`, body, version: fields['version'] });
    return '/account?done=preferences';
  });
}

function addContactForms(area: Area): void {
  const options = { page: '/account', action: 'contact-change' };
  area.form('/account/contacts', options, async ({ api: call, fields, idempotencyKey, confirmationCode }) => {
    const isEmail = fields['form'] !== 'mobile';
    const value = fields['contact'] ?? '';
    const characteristic = isEmail ? { emailAddress: value } : { phoneNumber: value };
    const body = { mediumType: isEmail ? 'email' : 'mobile', characteristic };
    const path = `${api}/contacts`;
    const { body: started } = await call({ method: 'POST', path, body, idempotencyKey, confirmationCode });
    const { id } = z.object({ id: z.string() }).parse(started);
    return `/account/contacts/${encodeURIComponent(id)}?done=${isEmail ? 'email' : 'mobile'}`;
  });
  area.page('/account/contacts/:id', async ({ params }) => {
    return { view: 'account-contact', title: 'account.contact.title', data: { id: params['id'] ?? '' } };
  });
  const page = (params: Params) => `/account/contacts/${idOf(params)}`;
  area.form('/account/contacts/:id', { page }, async ({ params, api: call, fields, idempotencyKey }) => {
    const body = { code: fields['code'] ?? '' };
    await call({ method: 'POST', path: `${api}/contacts/${idOf(params)}/verification`, body, idempotencyKey });
    return '/account?done=contact';
  });
}

function addAddressPages(area: Area): void {
  const path = `${api}/address-changes`;
  area.page('/account/address', async (call) => {
    const { body } = await call.api({ path: '/contract/v1/contracts?relation=holder&limit=100' });
    return { view: 'account-address', title: 'account.address.title', data: { contracts: contracts.parse(body) } };
  });
  area.form('/account/address', { page: '/account/address' }, async ({ api: call, fields, idempotencyKey }) => {
    const body = draftOf(fields);
    const { body: drafted } = await call({ method: 'POST', path, body, idempotencyKey });
    return `/account/address/${encodeURIComponent(addressChange.parse(drafted).id)}`;
  });
  area.page('/account/address/:id', async (call) => {
    const { body } = await call.api({ path: `${path}/${idOf(call.params)}` });
    const data = { change: addressChange.parse(body) };
    return { view: 'account-address-change', title: 'account.address.title', data };
  });
  const page = (params: Params) => `/account/address/${idOf(params)}`;
  const options = { page, action: 'address-change' };
  area.form('/account/address/:id', options, async ({ params, api: call, idempotencyKey, confirmationCode }) => {
    const confirmation = `${path}/${idOf(params)}/confirmation`;
    const body = { confirm: true };
    await call({ method: 'POST', path: confirmation, body, idempotencyKey, confirmationCode });
    return `${page(params)}?done=address`;
  });
}

const ticked = /^contract_([\w-]{1,80})$/;

/** Ticked contracts and the address; the field is `zip`, for names with `code` in them are not kept. */
function draftOf(fields: FormCall['fields']) {
  const contractIds = Object.entries(fields).flatMap(([name, value]) =>
    value === 'yes' ? (ticked.exec(name)?.[1] ?? []) : [],
  );
  const { street = '', complement = '', zip: postCode = '', city = '' } = fields;
  return { contractIds, place: { street, ...(complement === '' ? {} : { complement }), postCode, city } };
}

function idOf(params: Params): string {
  return encodeURIComponent(params['id'] ?? '');
}
