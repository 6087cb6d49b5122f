// A login with the SIM over the real wires: what each answer of the person with the phone leads to.
import * as openid from 'openid-client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { answerWithPin, loginWithPin, openLogin, ring } from '../support/flow-login.ts';
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

describe('the right PIN', () => {
  test('gives tokens that say how and when the customer was authenticated (A03, A32)', async () => {
    const before = Math.floor(Date.now() / 1_000);
    const { done, begun } = await loginWithPin(world, { phone: alice, pin: '4071', acr_values: '3' });
    expect(done.claims).toMatchObject({ iss: world.issuer, aud: 'tester', acr: '3', amr: ['sc', 'pin', 'mfa', 'mca'] });
    expect(done.claims.nonce).toBe(begun.checks.expectedNonce);
    expect(done.claims.auth_time).toBeGreaterThanOrEqual(before);
    expect(done.claims.auth_time).toBeLessThanOrEqual(done.claims.iat);
  });

  test.each(['06 39 98 00 01', '+33639980001', '0033639980001', '06.39.98.00.01', '06-39-98-00-01'])(
    'is asked for whether the number is written %s or otherwise (A07)',
    async (spelling) => {
      const login = await ring(world, spelling);
      await answerWithPin(alice, login, '4071');
      expect(await login.settled()).toBe('approved');
      expect((await login.finish()).claims.acr).toBe('3');
    },
  );

  test('shows in the metrics of the node: how it ended, how long each part took, and who waited', async () => {
    const read = async (name: string) => {
      const text = await (await fetch(`${world.app.opsUrl}/metrics`)).text();
      const found = text.split('\n').find((line) => line.startsWith(`${name} `));
      return Number(found?.slice(name.length));
    };
    const names = [
      'attempts_ended_total{outcome="approved"}',
      'sim_push_send_seconds_count',
      'sim_push_answer_seconds_count',
    ];
    const before = await Promise.all(names.map(read));
    const login = await ring(world, alice.msisdn);
    const polling = login.status(20);
    await until('the browser waits', async () => (await read('waiting{who="browser"}')) === 1);
    await answerWithPin(alice, login, '4071');
    expect(await polling).toBe('approved');
    expect(await Promise.all(names.map(read))).toEqual(before.map((count) => (count || 0) + 1));
    await until('nobody waits', async () => (await read('waiting{who="browser"}')) === 0);
    expect(await read('smpp_bound')).toBe(1);
    await login.finish();
  });

  test('is found by the id of its request in journal and log', async () => {
    const login = await ring(world, alice.msisdn);
    await answerWithPin(alice, login, '4071');
    await login.finish();
    const { rows } = await world.app.parts.database.executeSql(
      `select correlation_id as id, object from audit_events where action = 'sign_in.started' order by id desc limit 1`,
    );
    expect(rows[0]?.['id']).toMatch(/^[0-9a-f]{16}$/);
  });

  test('opens userinfo, which knows the same person', async () => {
    const { done, begun } = await loginWithPin(world, { phone: alice, pin: '4071' });
    const person = await openid.fetchUserInfo(begun.config, done.tokens.access_token, done.claims.sub);
    expect(person).toMatchObject({ given_name: 'Alice', family_name: 'Martin', email: 'alice@exemple.test' });
  });

  test('opens the account API with a token made for it', async () => {
    const resource = `${world.issuer}/api`;
    const login = await ring(world, alice.msisdn, { scope: 'openid account.read', resource });
    await answerWithPin(alice, login, '4071');
    await login.settled();
    const { tokens, claims } = await login.finish({ resource });
    const me = await fetch(`${resource}/account/v1/me`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(me.status).toBe(200);
    expect(await me.json()).toMatchObject({ id: claims.sub, givenName: 'Alice', familyName: 'Martin' });
  });

  test('moves the page on by itself: the long poll answers when the phone has (A30)', async () => {
    const login = await ring(world, alice.msisdn);
    const polling = login.status(20);
    await answerWithPin(alice, login, '4071');
    expect(await polling).toBe('approved');
    await login.finish();
  });

  test('needs no password anywhere (A06)', async () => {
    const login = await openLogin(world);
    expect(login.page.text).not.toMatch(/type="password"/);
    await login.identify(alice.msisdn);
    expect(login.page.text).not.toMatch(/type="password"/);
    await answerWithPin(alice, login, '4071');
    await login.settled();
    await login.finish();
  });
});

describe('wrong PINs', () => {
  test('twice and then right still logs in, and the customer is told (X33)', async () => {
    const login = await ring(world, alice.msisdn);
    const first = await alice.waitForScreen();
    await alice.pin('0000');
    expect((await alice.screen())?.kind).toBe('pin');
    await alice.pin('1111');
    await alice.pin('4071');
    expect(await login.settled()).toBe('approved');
    expect((await login.finish()).claims.acr).toBe('3');
    expect((await alice.waitForSms({ after: first.seq })).text).toMatch(/^2 codes Mobile Connect erronés/);
    expect(await alice.state()).toMatchObject({ triesLeft: 3, blocked: false });
  });
});

describe('no', () => {
  test('is taken from the phone: nobody is logged in', async () => {
    const login = await ring(world, alice.msisdn);
    await alice.waitForScreen();
    await alice.cancel();
    expect(await login.settled()).toBe('refused');
    await login.reload();
    expect(login.shownStatus).toBe('refused');
    expect(login.page.stoppedAt).toBeUndefined();
    await login.choose('cancel');
    expect(login.answer()).toMatchObject({ error: 'access_denied', code: false });
  });

  test('"it was not me" refuses, mutes the source for an hour and tells the customer (O35)', async () => {
    const address = '198.51.100.7';
    const login = await ring(world, alice.msisdn, { browser: world.browser({ address }) });
    const screen = await alice.waitForScreen();
    await alice.fraud();
    expect(await login.settled()).toBe('refused');
    expect((await alice.waitForSms({ after: screen.seq })).text).toMatch(/^Vous avez signalé une demande/);

    const sent = await world.messagesTo(alice.msisdn);
    const muted = await ring(world, alice.msisdn, { browser: world.browser({ address: '198.51.100.99' }) });
    expect(muted.shownStatus).toBe('pending');
    expect(await world.messagesTo(alice.msisdn)).toBe(sent);
    await muted.choose('cancel');
    const elsewhere = await ring(world, alice.msisdn, { browser: world.browser({ address: '203.0.113.1' }) });
    expect(await world.messagesTo(alice.msisdn)).toBe(sent + 1);
    await answerWithPin(alice, elsewhere, '4071');
    expect(await elsewhere.settled()).toBe('approved');

    await world.advanceClock(3_600);
    const later = await ring(world, alice.msisdn, { browser: world.browser({ address }) });
    await answerWithPin(alice, later, '4071');
    expect(await later.settled()).toBe('approved');
  });
});

describe('no answer', () => {
  test('ends the request after 120 s (X27)', async () => {
    const login = await ring(world, alice.msisdn);
    await alice.waitForScreen();
    await world.advanceClock(119);
    expect(await login.status()).toBe('pending');
    await world.advanceClock(1);
    expect(await login.status()).toBe('expired');
    await login.reload();
    expect(login.shownStatus).toBe('expired');
  });

  test('for a while is no harm: a phone that comes on within the life of the request approves it', async () => {
    await alice.power(false);
    const login = await ring(world, alice.msisdn);
    expect(login.shownStatus).toBe('pending');
    await alice.power(true);
    await answerWithPin(alice, login, '4071');
    expect(await login.settled()).toBe('approved');
    await login.finish();
  });
});

describe('an answer that counts for nothing', () => {
  test('comes a second time: it is processed once (X19)', async () => {
    const stop = world.simulator.smsc.onOutgoing((message) =>
      message.kind === 'answer' ? [message, message] : [message],
    );
    const login = await ring(world, alice.msisdn);
    await answerWithPin(alice, login, '4071');
    expect(await login.settled()).toBe('approved');
    await until('both copies are processed', async () => (await outcomes()).includes('duplicate'));
    stop();
    await login.finish();
    const approvals = world.log.filter(
      (line) => line.includes('"event":"attempt.answered"') && line.includes('approved'),
    );
    expect(new Set(approvals.map(attemptOf)).size).toBe(approvals.length);
  });

  test('comes after the end: the browser stays expired and gets no code (X17, X18)', async () => {
    const held: (() => void)[] = [];
    const stop = world.simulator.smsc.onOutgoing(async (message) => {
      if (message.kind === 'answer') await new Promise<void>((resolve) => held.push(resolve));
      return [message];
    });
    const login = await ring(world, alice.msisdn);
    await answerWithPin(alice, login, '4071');
    await until('the answer is on its way', () => held.length > 0);
    await world.advanceClock(121);
    const handled = (await outcomes()).length;
    stop();
    for (const release of held) release();
    await until('the late answer is processed', async () => (await outcomes()).length > handled);
    expect(await login.status()).toBe('expired');
    await login.choose('continue');
    expect(login.shownStatus).toBe('expired');
    expect(login.page.stoppedAt).toBeUndefined();
  });

  test('is signed with the key of another SIM: it approves nothing (X21, O32)', async () => {
    world.simulator.signWithKeyOf(alice.msisdn, '+33639980004');
    const handled = (await outcomes()).length;
    const login = await ring(world, alice.msisdn);
    await answerWithPin(alice, login, '4071');
    const [outcome] = await until('it is judged', async () => {
      const all = await outcomes();
      return all.length > handled && all.slice(handled);
    });
    world.simulator.signWithKeyOf(alice.msisdn, null);
    expect(outcome).toMatch(/^answer-/);
    expect(await login.status()).toBe('pending');
    expect(world.log.some((line) => line.includes('"event":"answer.dropped"'))).toBe(true);
  });
});

/** What became of each answer that came in, oldest first; receipts of the network are none. */
async function outcomes(): Promise<string[]> {
  const rows = await world.database.db.selectFrom('inboundMessages').select(['outcome']).orderBy('id').execute();
  return rows.flatMap(({ outcome }) => outcome ?? []);
}

function attemptOf(line: string): unknown {
  return (JSON.parse(line) as { object: string }).object;
}
