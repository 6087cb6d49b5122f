// The export for the simulator: test SIMs only, each with its own keys, and what only its card and its user know.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CardSecrets, exportTestSims, type PhoneStart } from '../../../src/enrolment/sim-export.ts';
import { openSimWorld, type SimWorld } from '../authentication/sim-world.ts';

let world: SimWorld;

beforeAll(async () => {
  world = await openSimWorld();
});
afterAll(() => world.close());

const exportWith = (secrets = new Map<string, CardSecrets>(), phones = new Map<string, PhoneStart>()) =>
  exportTestSims(world.database.db, world.keyring, { secrets, phones });

test('a live SIM is never in it, a test SIM is', async () => {
  const [played, live] = [await world.customer(), await world.customer({ origin: 'live' })];
  const { sims } = await exportWith();
  const numbers = sims.map((sim) => sim['msisdn']);
  expect(numbers).toContain(played.msisdn);
  expect(numbers).not.toContain(live.msisdn);
  expect(JSON.stringify(sims)).not.toContain(live.card.keys.kdev.toString('hex'));
});

test('a card has the four keys that the provider derives for it, and no other card’s', async () => {
  const [one, other] = [await world.customer(), await world.customer()];
  const { sims } = await exportWith();
  const keysOf = (iccid: string) => sims.find((sim) => sim['iccid'] === iccid)!['keys'];
  const { kic, kid, kdev } = one.card.keys;
  expect(keysOf(one.iccid)).toMatchObject({
    kic: kic.toString('hex'),
    kid: kid.toString('hex'),
    kdev: kdev.toString('hex'),
    kadm: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
  expect(keysOf(other.iccid)).not.toEqual(keysOf(one.iccid));
});

test('PIN and private key are there only where whoever made the card gives them', async () => {
  const [known, unknown] = [await world.customer(), await world.customer()];
  const pinKeyPrivate = randomBytes(32).toString('hex');
  const { sims } = await exportWith(new Map([[known.iccid, { pin: '4071', pinKeyPrivate }]]));
  const find = (iccid: string) => sims.find((sim) => sim['iccid'] === iccid);
  expect(find(known.iccid)).toMatchObject({ pin: '4071', kpinPrivate: pinKeyPrivate });
  expect(find(unknown.iccid)).toMatchObject({ pin: null, kpinPrivate: null });
});

test('a phone begins as it is told, and otherwise switched on and in the hands of its user', async () => {
  const [told, plain] = [await world.customer(), await world.customer()];
  const start: PhoneStart = { label: 'Alice', power: 'off', behaviour: { mode: 'ignore' } };
  const { sims } = await exportWith(new Map(), new Map([[told.iccid, start]]));
  const find = (iccid: string) => sims.find((sim) => sim['iccid'] === iccid);
  expect(find(told.iccid)).toMatchObject({ ...start, device: 'phone' });
  expect(find(plain.iccid)).toMatchObject({ label: '', power: 'on', behaviour: { mode: 'manual' } });
});
