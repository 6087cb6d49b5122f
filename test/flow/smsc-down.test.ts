// The network to the phones is away: every number is told the same, the password remains, nothing that was committed
// is lost, and all comes back by itself.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { answerWithPin, loginWithPassword, ring } from '../support/flow-login.ts';
import type { FlowPhone } from '../support/flow-phone.ts';
import { until } from '../support/flow-until.ts';
import { type FlowWorld, startFlowWorld } from '../support/flow-world.ts';

let world: FlowWorld;
let alice: FlowPhone;

beforeAll(async () => {
  world = await startFlowWorld();
  alice = world.phone('+33639980001');
});
afterEach(() => world.nextDay());
afterAll(() => world?.stop());

async function cutTheLine(): Promise<void> {
  await world.simulator.smsc.pauseListening();
  world.simulator.smsc.disconnectAll();
  await until('the provider knows', () => !world.app.parts.channel.smsc.isBound());
}

async function readiness(): Promise<{ status: number; body: { checks?: Record<string, unknown> } }> {
  const response = await fetch(`${world.app.opsUrl}/readyz`);
  return { status: response.status, body: (await response.json()) as object };
}

test('without the SMSC every number is told so, the password is offered, and it works again by itself', async () => {
  expect((await readiness()).status).toBe(200);
  await cutTheLine();
  expect((await readiness()).status).toBe(503);
  expect(JSON.stringify((await readiness()).body)).toContain('smsc');

  const pages = [];
  for (const number of ['+33639980001', '+33639980002', '+33639989999']) {
    const login = await ring(world, number);
    expect(login.shownStatus).toBe('unavailable');
    expect(await login.status()).toBe('unavailable');
    expect(login.page.text).toContain('name="choice" value="password"');
    pages.push(login.page.text.replaceAll(/\/interaction\/[\w-]+/g, '').replaceAll(/value="[\w-]{43}"/g, ''));
  }
  expect(new Set(pages).size).toBe(1);
  const { done } = await loginWithPassword(world, { identifier: alice.msisdn, password: 'alice-demo-password' });
  expect(done.claims.acr).toBe('1');

  const waiting = await ring(world, alice.msisdn);
  await world.simulator.smsc.resumeListening();
  await until('the SMSC is back', () => world.app.parts.channel.smsc.isBound());
  expect((await readiness()).status).toBe(200);
  await waiting.choose('sim');
  expect(waiting.shownStatus).toBe('pending');
  await answerWithPin(alice, waiting, '4071');
  expect(await waiting.settled()).toBe('approved');
  expect((await waiting.finish()).claims.acr).toBe('3');
  // The alert of the password login had to wait too.
  const texts = async () => (await alice.inbox()).map(({ text }) => text);
  await until('the alert comes', async () =>
    (await texts()).some((text) => text.startsWith('Connexion à votre compte')),
  );
});

test('a request that was committed but not sent goes out when the line is back', async () => {
  // The SMSC goes away between the commit and the sending.
  const { smsc, sender } = world.app.parts.channel;
  const isBound = smsc.isBound;
  let cut: Promise<void> | undefined;
  Object.assign(smsc, {
    isBound: () => {
      // The page has asked and heard yes: the next who asks is the sender.
      if (cut === undefined) cut = cutTheLine();
      return true;
    },
  });
  const login = await ring(world, alice.msisdn);
  expect(login.shownStatus).toBe('pending');
  Object.assign(smsc, { isBound });
  await cut;
  await sender.sweep();
  expect(await alice.screen()).toBeNull();
  await world.simulator.smsc.resumeListening();
  await answerWithPin(alice, login, '4071');
  expect(await login.settled()).toBe('approved');
  expect((await login.finish()).claims.acr).toBe('3');
});

test('an answer that cannot be brought to the provider is brought later, and still counts', async () => {
  const login = await ring(world, alice.msisdn);
  await alice.waitForScreen();
  await cutTheLine();
  await alice.pin('4071');
  expect(await login.status()).toBe('pending');
  await world.simulator.smsc.resumeListening();
  expect(await login.settled()).toBe('approved');
  expect((await login.finish()).claims.acr).toBe('3');
});
