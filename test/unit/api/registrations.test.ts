// The API of self-care registrations over the real use cases; every answer is held against the published document.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiClient, createApiClient } from '../../support/api-client.ts';
import { openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createRegistrationWorld, goodPassword, type RegistrationWorld } from '../enrolment/registration-world.ts';

let open: TestDatabase;
let world: RegistrationWorld;
let client: ApiClient;

beforeAll(async () => {
  open = await openTestDatabase('pglite');
  world = await createRegistrationWorld(open.database);
  const { registrations } = world;
  client = createApiClient({
    database: open.database,
    brand: 'ile',
    registrations: { registrations, newBrowser: () => 'mine' },
  });
});
afterAll(() => open.close());

const base = '/selfcare/v1/registrations';
const form = { givenName: 'Anya', familyName: 'Li', emailAddress: 'anya@exemple.test', phoneNumber: '5 123 4567' };

const call = (method: string, path: string, body?: object, cookie = 'flow=mine') =>
  client.anybody(method, `${base}${path}`, { headers: { cookie }, ...(body === undefined ? {} : { body }) });

async function begin(identifier: string) {
  const begun = await client.anybody('POST', base, { body: { identifier, language: 'en' } });
  expect(begun).toMatchObject({ status: 202, body: { step: 'form', state: 'pending' } });
  expect(String(begun.headers['set-cookie'])).toMatch(/^flow=mine; path=\/api; samesite=strict; httponly/i);
  return { flow: `/${begun.body.id}`, visit: { id: begun.body.id, browser: 'mine', address: '' } };
}

test('E02 to E07 from the identifier to the password, each answer says what is due', async () => {
  const { flow, visit } = await begin((await world.billed()).code);
  const filled = await call('POST', `${flow}/form`, form);
  expect(filled).toMatchObject({ status: 202, body: { step: 'terms', termsVersion: 'v1' } });
  const accepted = await call('POST', `${flow}/terms`, { accept: true, termsVersion: 'v1' });
  expect(accepted).toMatchObject({ status: 202, body: { step: 'code', state: 'pending' } });
  expect((await call('POST', `${flow}/codes`, {})).body).toEqual(accepted.body);
  expect(await call('POST', `${flow}/code`, { code: '1' })).toMatchObject({
    ...{ status: 422, body: { fields: [{ field: 'code', problem: 'code_invalid' }] } },
  });
  expect((await call('POST', `${flow}/code`, { code: await world.digits(visit) })).body.step).toBe('password');
  const mismatch = await call('POST', `${flow}/password`, { new: goodPassword, confirm: 'another' });
  expect(mismatch).toMatchObject({ status: 422, body: { fields: [{ field: 'confirm', problem: 'not_repeated' }] } });
  const done = await call('POST', `${flow}/password`, { new: goodPassword, confirm: goodPassword });
  expect(done).toMatchObject({ status: 202, body: { step: 'done', state: 'done', profile: 'individual' } });
  expect((await call('GET', flow)).body).toEqual(done.body);
});

test('E08 a Customer ID ends as profile group', async () => {
  const { flow, visit } = await begin((await world.company()).customerId);
  await call('POST', `${flow}/form`, form);
  await call('POST', `${flow}/terms`, { accept: true });
  await call('POST', `${flow}/code`, { code: await world.digits(visit) });
  const done = await call('POST', `${flow}/password`, { new: goodPassword, confirm: goodPassword });
  expect(done.body).toMatchObject({ step: 'done', profile: 'group' });
});

test('E02 X107 an unknown, a registered and a prepaid identifier get the answers of any other', async () => {
  const registered = await world.billed();
  await world.register(registered.code);
  const prepaid = await world.billed({ payMode: 'prepaid' });
  const walk = async (identifier: string) => {
    const { flow, visit } = await begin(identifier);
    const answers = [
      await call('POST', `${flow}/form`, form),
      await call('POST', `${flow}/terms`, { accept: true }),
      await call('POST', `${flow}/code`, { code: 'x' }),
      await call('POST', `${flow}/codes`, {}),
      await call('GET', flow),
    ];
    return answers.map(({ status, body }) =>
      JSON.stringify([status, body])
        .replaceAll(visit.id, 'id')
        .replace(/trace-\d+/, ''),
    );
  };
  const real = await walk((await world.billed()).code);
  for (const identifier of ['88888888', registered.code, prepaid.code]) expect(await walk(identifier)).toEqual(real);
});

test('mistakes are told by field, a step out of order by the one that is due', async () => {
  const malformed = await client.anybody('POST', base, { body: { identifier: 'anya@exemple.test' } });
  expect(malformed.body.fields).toEqual([{ field: 'identifier', problem: 'malformed' }]);
  const { flow } = await begin('88888888');
  expect(await call('POST', `${flow}/terms`, { accept: true })).toMatchObject({
    ...{ status: 409, body: { code: 'wrong_step', reason: 'form' } },
  });
  const wrong = await call('POST', `${flow}/form`, { ...form, emailAddress: 'x', phoneNumber: '' });
  expect(wrong.body.fields).toEqual([
    { field: 'emailAddress', problem: 'malformed' },
    { field: 'phoneNumber', problem: 'missing' },
  ]);
  await call('POST', `${flow}/form`, form);
  expect((await call('POST', `${flow}/terms`, { accept: false })).body.fields[0].field).toBe('accept');
  const stale = await call('POST', `${flow}/terms`, { accept: true, termsVersion: 'v0' });
  expect(stale.body.fields).toEqual([{ field: 'termsVersion', problem: 'stale' }]);
});

test('after three wrong codes it is over; in another browser it is not there', async () => {
  const { flow, visit } = await begin((await world.billed()).code);
  await call('POST', `${flow}/form`, form);
  await call('POST', `${flow}/terms`, { accept: true });
  const other = String((Number(await world.digits(visit)) + 1) % 1_000_000).padStart(6, '0');
  for (let n = 0; n < 3; n++) expect((await call('POST', `${flow}/code`, { code: other })).status).toBe(422);
  expect((await call('GET', flow)).body).toMatchObject({ state: 'failed' });
  expect(await call('POST', `${flow}/code`, { code: other })).toMatchObject({
    ...{ status: 409, body: { code: 'draft_expired' } },
  });
  expect((await call('GET', flow, undefined, 'flow=another')).status).toBe(404);
  expect((await call('GET', flow, undefined, '')).status).toBe(404);
});

test('an issuer whose customers log in otherwise has no such routes', () => {
  const { routes } = createApiClient({ database: open.database });
  expect(routes.filter(({ path }) => path.startsWith('/selfcare'))).toEqual([]);
});
