// Requests without a browser by many at once, on each engine and on two nodes: one decision, one delivery, one set of
// tokens; and nothing is lost when whoever was at it dies.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBackchannel } from '../../../src/authentication/backchannel.ts';
import { startWakeUps } from '../../../src/storage/wake-ups.ts';
import { engines } from '../../support/databases.ts';
import type { CibaParty } from '../../support/flow-ciba.ts';
import { until } from '../../support/flow-until.ts';
import { type Customer, rules } from '../authentication/sim-world.ts';
import { type CibaWorld, openCibaWorld } from './ciba-world.ts';

describe.each(engines)('on %s', (engine) => {
  let world: CibaWorld;
  let parties: CibaParty[];
  beforeAll(async () => {
    world = await openCibaWorld({ engine });
    const { url } = await world.node();
    parties = [world.party('other'), world.party('other', url)];
  });
  afterAll(() => world?.close());

  const begin = async (customer: Customer) => {
    const hint = { login_hint: `tel:${customer.msisdn}`, scope: 'openid offline_access' };
    return (await parties[0]!.begin(hint)).id;
  };
  const partyOf = (n: number) => parties[n % parties.length]!;
  const pollMany = (id: string, times: number, wait?: number) =>
    Promise.all(Array.from({ length: times }, (_, n) => partyOf(n).poll(id, wait === undefined ? {} : { wait })));
  const pollOnce = async (id: string) => {
    const answer = await partyOf(0).poll(id);
    return answer.status === 200 ? answer : undefined;
  };
  const refresh = async (token: unknown) => {
    const body = { grant_type: 'refresh_token', refresh_token: String(token) };
    return (await parties[0]!.post('/token', body)).status;
  };

  test('20 polls of an approved request at once get one set of tokens, and its refresh token lives (O22, O60)', async () => {
    const customer = await world.customer();
    const id = await begin(customer);
    await world.answer(customer);
    await world.oidc.ciba?.sweep();
    const answers = await pollMany(id, 20);
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    const words = answers.filter(({ status }) => status !== 200).map(({ status, body }) => [status, body['error']]);
    expect(new Set(words.map(String))).toEqual(new Set(['400,invalid_grant']));
    expect(await refresh(won[0]?.body['refresh_token'])).toBe(200);
  });

  test('so do 20 that find the result undelivered, and 20 that wait for it (O22)', async () => {
    for (const wait of [undefined, 10]) {
      const customer = await world.customer();
      const id = await begin(customer);
      const waiting = wait === undefined ? undefined : pollMany(id, 20, wait);
      await world.answer(customer);
      const answers = await (waiting ?? pollMany(id, 20));
      const won = answers.filter(({ status }) => status === 200);
      expect(answers.every(({ status }) => status < 500)).toBe(true);
      expect(won.length).toBeLessThanOrEqual(1);
      // All may have looked while the result was on its way.
      const tokens = won[0] ?? (await until('the tokens', () => pollOnce(id)));
      expect(await refresh(tokens.body['refresh_token'])).toBe(200);
      expect((await partyOf(1).poll(id)).body['error']).toBe('invalid_grant');
    }
  });

  test('approval and cancelling at once: one of them is true, and stays so (O23)', async () => {
    const outcomes = new Set<unknown>();
    for (let time = 0; time < 4; time++) {
      const customer = await world.customer();
      const id = await begin(customer);
      await world.take(customer);
      await Promise.all([world.answer(customer), partyOf(time).cancel(id)]);
      const { status, body } = await partyOf(0).poll(id);
      const { outcome } = await world.row(id);
      expect([status, outcome]).toEqual(status === 200 ? [200, 'approved'] : [400, 'refused']);
      expect((await partyOf(1).poll(id)).body['error']).toBe('invalid_grant');
      outcomes.add(body['error'] ?? 'tokens');
    }
    expect([...outcomes].every((word) => word === 'tokens' || word === 'access_denied')).toBe(true);
  });

  test('one answer is decided and delivered once by ten sweeps (O60)', async () => {
    const customer = await world.customer();
    const id = await begin(customer);
    await world.answer(customer);
    world.facts.length = 0;
    await Promise.all(Array.from({ length: 10 }, () => world.oidc.ciba?.sweep()));
    expect(world.facts.filter(({ action }) => action === 'ciba.approved')).toHaveLength(1);
    expect((await partyOf(0).poll(id)).status).toBe(200);
  });

  test('who dies between decision and delivery has lost nothing: another node goes on (O60)', async () => {
    const customer = await world.customer();
    const id = await begin(customer);
    await world.answer(customer);
    const wakeUps = await startWakeUps(world.database);
    const none = { take: async () => undefined, wait: async () => undefined, forgive: async () => {} };
    const dying = createBackchannel({
      ...world,
      wakeUps,
      now: () => new Date(),
      push: world.pushWith(),
      sender: { sendInTurn() {} },
      transport: world.wire,
      limits: { client: none, customer: none },
      rules: { ...rules, finishSeconds: 60 },
    });
    const { attemptId } = await world.row(id);
    expect(await dying.decide(attemptId)).toMatchObject({ outcome: 'approved', requestId: id });
    await wakeUps.stop();
    // Its lease still runs: nobody else delivers, and the client waits.
    expect((await partyOf(0).poll(id)).body['error']).toBe('authorization_pending');
    await world.database.executeSql(`update ciba_requests set lease_until = clock_timestamp()`);
    const { status, body } = await partyOf(1).poll(id);
    expect(status).toBe(200);
    expect(await refresh(body['refresh_token'])).toBe(200);
  });

  test('a delivery that is repeated after the tokens went out gives no second set (O22, O60)', async () => {
    const customer = await world.customer();
    const id = await begin(customer);
    await world.answer(customer);
    await world.oidc.ciba?.sweep();
    const sealed = await world.row(id);
    const { body } = await partyOf(0).poll(id);
    const again = await world.database.executeSql(
      `update ciba_requests set delivered_at = null, lease_until = null, request_sealed = $1 where attempt_id = $2`,
      [
        world.masterKey.seal({ table: 'ciba_requests', column: 'request_sealed', row: sealed.attemptId }, id),
        sealed.attemptId,
      ],
    );
    expect(again.rows).toEqual([]);
    await world.oidc.ciba?.sweep();
    expect((await world.row(id)).deliveredAt).not.toBeNull();
    expect((await partyOf(1).poll(id)).body['error']).toBe('invalid_grant');
    expect(await refresh(body['refresh_token'])).toBe(200);
  });
});
