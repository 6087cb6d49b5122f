// A customer without a browser (CIBA), over the real wires: her phone rings for a call centre, and what she answers is
// what the call centre gets.
import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type CibaParty, cibaParty } from '../support/flow-ciba.ts';
import type { FlowPhone } from '../support/flow-phone.ts';
import { type FlowWorld, startFlowWorld } from '../support/flow-world.ts';

let world: FlowWorld;
let alice: FlowPhone;
let callcentre: CibaParty;

beforeAll(async () => {
  world = await startFlowWorld();
  alice = world.phone('+33639980001');
  callcentre = cibaParty(world.issuer, 'callcentre');
});
afterEach(() => world.nextDay());
afterAll(() => world?.stop());

test('a call centre asks, the phone shows who and why, the PIN is typed, and the tokens tell it', async () => {
  const { id, answer } = await callcentre.begin({
    login_hint: 'tel:+33639980001',
    binding_message: 'Dossier n° 42 : êtes-vous d’accord ?',
  });
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({ expires_in: 120, interval: 5 });
  expect(answer.headers.get('cache-control')).toBe('no-store');

  const screen = await alice.waitForScreen();
  expect(screen.text).toContain('Dossier n° 42 : êtes-vous d’accord ?');
  expect(screen.referenceCode).toBe(answer.body['reference_code']);
  const waiting = callcentre.poll(id, { wait: 10 });
  await alice.pin('4071');
  const { status, body, headers } = await waiting;
  expect(status).toBe(200);
  expect(headers.get('preference-applied')).toBe('wait=10');
  expect(decodeJwt(String(body['id_token']))).toMatchObject({ acr: '3', amr: ['sc', 'pin', 'mfa', 'mca'] });
});
