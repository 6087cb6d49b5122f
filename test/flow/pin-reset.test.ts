// A forgotten PIN over the real wires: pages, SMS, phone, e-mail, and what the new PIN is worth afterwards.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { statusOn } from '../support/browser.ts';
import { loginWithPin } from '../support/flow-login.ts';
import type { FlowPhone } from '../support/flow-phone.ts';
import { choosePin, codeFromSms, newestSms, openReset } from '../support/flow-reset.ts';
import { until } from '../support/flow-until.ts';
import { type FlowWorld, startFlowWorld } from '../support/flow-world.ts';

let world: FlowWorld;
let alice: FlowPhone;

beforeAll(async () => {
  world = await startFlowWorld();
  alice = world.phone('+33639980001');
});
afterAll(() => world?.stop());

test('a forgotten PIN: number, check, SMS, new PIN on the phone, e-mail, login with it (A44 to A48)', async () => {
  const before = await newestSms(alice);
  const reset = await openReset(world, '06 39 98 00 01', { lang: 'fr' });
  expect(reset.page.text).toContain('Une vérification');
  expect(await newestSms(alice)).toBe(before);
  await reset.passRobot();
  expect(reset.page.text).toContain('+33 6 39 98 ** 01');
  const code = await codeFromSms(alice, before);
  await reset.submit({ code });
  expect(statusOn(reset.page)).toBe('pending');
  await choosePin(alice, reset, '9024');
  expect(await reset.settled()).toBe('done');
  await reset.reload();
  expect(statusOn(reset.page)).toBe('done');
  expect(await alice.state()).toMatchObject({ triesLeft: 3, screen: null });
  const { done } = await loginWithPin(world, { phone: alice, pin: '9024' });
  expect(done.claims.acr).toBeDefined();
  await until('the e-mail is there', async () => (await world.mail('alice@exemple.test')).length > 0);
  expect(await world.mail('alice@exemple.test')).toEqual([
    expect.objectContaining({ subject: 'Votre code Mobile Connect a été changé' }),
  ]);
});
