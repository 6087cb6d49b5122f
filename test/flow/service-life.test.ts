// The service beside its activation: several accounts on one SIM, the API of it all, and what a lock does to it.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Msisdn } from '../../src/identifiers.ts';
import { apiAs as callApiAs, entriesOf } from '../support/flow-api.ts';
import { ring } from '../support/flow-login.ts';
import { confirmOnPhone, offeredLines, openService } from '../support/flow-service.ts';
import { until } from '../support/flow-until.ts';
import { type FlowWorld, startFlowWorld } from '../support/flow-world.ts';

let world: FlowWorld;
beforeAll(async () => {
  world = await startFlowWorld();
});
afterAll(() => world?.stop());

const hugo = { msisdn: '+33639980008', pin: '1593', password: 'hugo-demo-password' };
const david = { msisdn: '+33639980004', password: 'david-demo-password' };
const bruno = { msisdn: '+33639980002', password: 'bruno-demo-password' };

describe('two accounts on one SIM', () => {
  test('one leaves: the other keeps the service, with the same PIN (A41, A13)', async () => {
    const visit = await openService(world, {
      path: '/service',
      identifier: 'hugo.pro@exemple.test',
      password: hugo.password,
    });
    await visit.submit({ choice: 'deactivate', line: offeredLines(visit.page)[0]! });
    await confirmOnPhone(world.phone(hugo.msisdn), visit, hugo.pin);
    await visit.settle();
    expect(visit.page.text).toContain('data-confirmation="done"');
    expect((await world.phone(hugo.msisdn).state()).triesLeft).toBe(3);
    await world.nextDay();
    const login = await ring(world, hugo.msisdn);
    await world.phone(hugo.msisdn).waitForScreen();
    await world.phone(hugo.msisdn).pin(hugo.pin);
    await login.settled();
    // One account is left, so there is nothing to choose.
    expect((await login.finish()).claims.acr).toBe('3');
    await world.nextDay();
  });

  test('it comes back with its own password and one approval; both then have a chooser (A12, A13)', async () => {
    const visit = await openService(world, {
      path: '/activate',
      identifier: 'hugo.pro@exemple.test',
      password: hugo.password,
    });
    await visit.submit({ line: offeredLines(visit.page)[0]! });
    expect((await world.phone(hugo.msisdn).waitForScreen()).text).toContain('Hugo Petit, professionnel');
    await confirmOnPhone(world.phone(hugo.msisdn), visit, hugo.pin);
    await visit.settle();
    expect(visit.page.text).toContain('data-confirmation="done"');
    await until('both have heard of it', async () => {
      const came = await world.mail('hugo.pro@exemple.test');
      const there = await world.mail('hugo@exemple.test');
      return (
        came.some(({ subject }) => subject === 'Mobile Connect est activé') &&
        there.some(({ subject }) => subject.startsWith('Un autre compte'))
      );
    });
    await world.nextDay();
    const login = await ring(world, hugo.msisdn);
    await world.phone(hugo.msisdn).waitForScreen();
    await world.phone(hugo.msisdn).pin(hugo.pin);
    await login.settled();
    await login.reload();
    expect(login.page.text).toContain('Hugo Petit, personnel');
    expect(login.page.text).toContain('Hugo Petit, professionnel');
    await world.nextDay();
  });
});

/** Calls the API with a token of a fresh password login. */
const apiAs = (identifier: string, password: string) =>
  callApiAs(world, { identifier, password, scope: 'mc.self', base: '/mc/v1' });

describe('the API', () => {
  test('activates a line in the same steps, each in its order (A15, A19, A20, A21, A27)', async () => {
    const call = await apiAs('bruno@exemple.test', bruno.password);
    const [line] = entriesOf(await call('GET', '/status'));
    expect(line).toMatchObject({ state: 'INACTIVE', actions: ['activate', 'suspend'] });
    const begun = await call('POST', '/enrolments', { lineId: line!['lineId']! });
    expect(begun).toMatchObject({ status: 201, body: { step: 'terms' } });
    const path = `/enrolments/${begun.body['id']}`;
    expect(await call('POST', '/enrolments', { lineId: line!['lineId']! })).toMatchObject({
      status: 200,
      body: { id: begun.body['id'] },
    });
    expect(await call('POST', `${path}/installation`, {})).toMatchObject({ status: 422, body: { code: 'validation' } });
    const termsVersion = begun.body['termsVersion'];
    expect((await call('POST', `${path}/terms`, { accept: false, termsVersion })).status).toBe(422);
    expect((await call('POST', `${path}/terms`, { accept: true, termsVersion: 'old' })).status).toBe(409);
    expect((await call('POST', `${path}/terms`, { accept: true, termsVersion })).status).toBe(200);
    await world.phone(bruno.msisdn).power(false);
    expect(await call('POST', `${path}/installation`, {})).toMatchObject({ status: 202, body: { step: 'installing' } });
    expect(await call('POST', `${path}/pin`, {})).toMatchObject({ status: 409, body: { code: 'install_pending' } });
    await world.phone(bruno.msisdn).power(true);
    await until('the SIM answers', async () => (await call('GET', path)).body['step'] === 'installed');
    expect(await call('POST', `${path}/link`, {})).toMatchObject({ status: 409, body: { code: 'pin_not_set' } });
    const asked = await call('POST', `${path}/pin`, { locale: 'en' });
    expect(asked).toMatchObject({ status: 202, body: { step: 'pin' } });
    expect(await call('POST', `${path}/pin`, {})).toMatchObject({ status: 409, body: { code: 'command_open' } });
    const phone = world.phone(bruno.msisdn);
    await phone.waitForScreen();
    await phone.code(asked.body['referenceCode'] ?? '');
    await phone.pin('8305');
    await phone.pin('8305');
    await until('the PIN is there', async () => (await call('GET', path)).body['step'] === 'pin_set');
    expect(await call('POST', `${path}/link`, {})).toMatchObject({ status: 200, body: { step: 'done' } });
    expect(await call('POST', '/enrolments', { lineId: line!['lineId']! })).toMatchObject({
      status: 409,
      body: { reason: 'already_active' },
    });
    expect(entriesOf(await call('GET', '/history'))[0]).toMatchObject({
      purpose: 'enrol',
      result: 'approved',
    });
  });

  test('tells nobody of another account’s activation or line, and starts none there (A16)', async () => {
    const mine = await apiAs('bruno@exemple.test', bruno.password);
    const [line] = entriesOf(await mine('GET', '/status'));
    const other = await apiAs('alice@exemple.test', 'alice-demo-password');
    expect((await other('POST', '/enrolments', { lineId: line!['lineId']! })).status).toBe(404);
    expect((await other('POST', '/deactivations', { lineId: line!['lineId']! })).status).toBe(404);
    expect((await other('GET', '/enrolments/enr_none')).status).toBe(404);
  });

  test.each([
    ['chloe@exemple.test', 'chloe-demo-password', 'sim_incompatible'],
    ['jean@exemple.test', 'jean-demo-password', 'box_line'],
  ])('says why a line cannot have the service (A09): %s', async (identifier, password, reason) => {
    const call = await apiAs(identifier, password);
    const [line] = entriesOf(await call('GET', '/status'));
    expect(line).toMatchObject({ state: 'NOT_ELIGIBLE', reason });
    const refused = await call('POST', '/enrolments', { lineId: line!['lineId']! });
    expect(refused).toMatchObject({ status: 409, body: { code: 'not_eligible', reason } });
  });
});

describe('a line of a brand without the service', () => {
  test('is not offered it, on the page and by the API, and its phone stays silent (A11)', async () => {
    const chloe = '+33639980003' as Msisdn;
    await world.database.db.updateTable('lines').set({ brand: 'ile' }).where('msisdn', '=', chloe).execute();
    const call = await apiAs('chloe@exemple.test', 'chloe-demo-password');
    const [line] = entriesOf(await call('GET', '/status'));
    expect(line).toMatchObject({ state: 'NOT_ELIGIBLE', reason: 'brand_without_service' });
    const refused = await call('POST', '/enrolments', { lineId: line!['lineId']! });
    expect(refused).toMatchObject({ status: 409, body: { code: 'not_eligible', reason: 'brand_without_service' } });
    const visit = await openService(world, { path: '/activate', identifier: chloe, password: 'chloe-demo-password' });
    expect(visit.page.text).toContain('Le service n’est pas proposé avec cette offre.');
    const before = await world.messagesTo(chloe);
    await ring(world, chloe);
    expect(await world.messagesTo(chloe)).toBe(before);
  });
});

describe('while it is locked', () => {
  test('deactivation is impossible and says until when, on the page and by the API (A42, X39)', async () => {
    await world.nextDay();
    const phone = world.phone(david.msisdn);
    const login = await ring(world, david.msisdn);
    await phone.waitForScreen();
    for (const wrong of ['0001', '0002', '0003']) await phone.pin(wrong);
    await login.settled();
    const visit = await openService(world, { path: '/service', identifier: david.msisdn, password: david.password });
    expect(visit.page.text).toContain('data-line-state="LOCKED"');
    expect(visit.page.text).not.toContain('value="deactivate"');
    const call = await apiAs('david@exemple.test', david.password);
    const [line] = entriesOf(await call('GET', '/status'));
    const refused = await call('POST', '/deactivations', { lineId: line!['lineId']! });
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'mc_temporarily_unavailable', availableAt: line!['availableAt']! },
    });
    await visit.submit({ choice: 'deactivate', line: line!['lineId']! });
    expect(visit.page.status).toBe(409);
    expect(visit.page.text).toContain('data-problem="not_now"');
  });
});
