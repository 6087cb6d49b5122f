// What was granted before a lock stays what it was; nothing new comes of it.
import * as openid from 'openid-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { loginWithPin, openLogin, ring } from '../support/flow-login.ts';
import { type BegunLogin, noteTokens } from '../support/flow-relying-party.ts';
import { type FlowWorld, startFlowWorld } from '../support/flow-world.ts';

let world: FlowWorld;
beforeAll(async () => {
  world = await startFlowWorld();
});
afterAll(() => world?.stop());

/** Calls an API with what a refresh token gives now. */
async function callWith(begun: BegunLogin, refreshToken: string, path: string) {
  const resource = `${world.issuer}/api`;
  const { access_token, refresh_token } = await openid.refreshTokenGrant(begun.config, refreshToken, { resource });
  const answer = await fetch(`${resource}${path}`, { headers: { authorization: `Bearer ${access_token}` } });
  const body = z.looseObject({}).parse(await answer.json());
  return { status: answer.status, body, next: refresh_token ?? refreshToken };
}

test('a refresh token works on during the lock with its old level, and no new login does (X43, A52)', async () => {
  const emma = world.phone('+33639980005');
  const { begun, browser, done } = await loginWithPin(world, {
    phone: emma,
    pin: '8264',
    scope: 'openid offline_access account.read account.bank.read',
    resource: `${world.issuer}/api`,
  });
  const login = await ring(world, emma.msisdn);
  await emma.waitForScreen();
  for (const wrong of ['0000', '1111', '2222']) await emma.pin(wrong);
  expect(await login.settled()).toBe('refused');
  const fresh = await openid.refreshTokenGrant(begun.config, done.tokens.refresh_token!);
  noteTokens(fresh);
  expect(fresh.claims()).toMatchObject({ acr: done.claims.acr, auth_time: done.claims.auth_time });
  const strong = await callWith(begun, fresh.refresh_token ?? '', '/account/v1/me/bank-details');
  expect(strong).toMatchObject({ status: 409, body: { code: 'mc_temporarily_unavailable' } });
  expect(Date.parse(String(strong.body['availableAt']))).toBeGreaterThan(Date.now());
  expect(await callWith(begun, strong.next, '/account/v1/me')).toMatchObject({ status: 200 });
  const silent = async (acr_values: string) =>
    (await openLogin(world, { browser, prompt: 'none', acr_values })).answer();
  expect(await silent('1')).toMatchObject({ code: true });
  expect(await silent('3')).toMatchObject({ error: 'login_required', code: false });
  const sent = await world.messagesTo(emma.msisdn);
  await ring(world, emma.msisdn);
  expect(await world.messagesTo(emma.msisdn)).toBe(sent);
});
