// The provider's metadata: fetched once, refreshed when old, kept when the provider goes away.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDiscovery, IssuerUnreachable } from '../../../src/portal/discovery.ts';
import { type FakeIssuer, startFakeIssuer } from './fake-issuer.ts';

let issuer: FakeIssuer;
let at: number;

beforeEach(async () => {
  issuer = await startFakeIssuer();
  at = Date.now();
});
afterEach(() => issuer.stop());

const discovery = (url = issuer.issuer) =>
  createDiscovery({ issuer: url, clientId: 'portal', clientSecret: 'x'.repeat(32), now: () => new Date(at) });

test('calls at the same time and later ones share one discovery', async () => {
  const discovered = discovery();
  const [first, second] = await Promise.all([discovered(), discovered()]);
  expect(first).toBe(second);
  expect(await discovered()).toBe(first);
  expect(issuer.discoveries()).toBe(1);
});

test('after ten minutes the metadata are fetched again', async () => {
  const discovered = discovery();
  const first = await discovered();
  at += 600_000;
  expect(await discovered()).not.toBe(first);
  expect(issuer.discoveries()).toBe(2);
});

test('metadata of a provider that went away stay in use, and a new one is found half a minute later', async () => {
  const discovered = discovery();
  const first = await discovered();
  const port = Number(new URL(issuer.issuer).port);
  await issuer.stop();
  at += 600_000;
  expect(await discovered()).toBe(first);
  issuer = await startFakeIssuer(port);
  expect(await discovered()).toBe(first);
  at += 30_000;
  expect(await discovered()).not.toBe(first);
});

test('a provider that was never there is an error of its own, after three tries', async () => {
  await issuer.stop();
  await expect(discovery()()).rejects.toBeInstanceOf(IssuerUnreachable);
});

test('metadata of another issuer are not taken', async () => {
  const other = issuer.issuer.replace('localhost', '127.0.0.1');
  await expect(discovery(other)()).rejects.toBeInstanceOf(IssuerUnreachable);
});
