// A provider that is killed at the worst moment, and two that share one database: no login is lost, none is doubled.
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { sandboxPaymentSecret } from '../../src/ops/config-payments.ts';
import { startPaymentSandbox } from '../../src/payment-sandbox/app.ts';
import { type Engine, engines } from '../support/databases.ts';
import { apiAs, entriesOf } from '../support/flow-api.ts';
import { answerWithPin, openLogin, ring } from '../support/flow-login.ts';
import { type NodeWorld, openNodeWorld } from '../support/flow-nodes.ts';
import { until } from '../support/flow-until.ts';

const number = '+33639980001';
const pin = '4071';

/** Nodes over one database, killed after each test and started anew by the next. */
function nodesOn(engine: Engine): () => NodeWorld {
  let world: NodeWorld | undefined;
  beforeAll(async () => {
    world = await openNodeWorld(engine);
  });
  afterEach(() => world?.killAll());
  afterAll(() => world?.stop());
  return () => world!;
}

describe.each(engines)('on %s', (engine) => {
  const opened = nodesOn(engine);
  // Each start of the embedded engine takes seconds.
  const onBest = test.runIf(engine === engines.at(-1));

  test('killed with -9 between commit and send: after the restart the phone rings and the login completes (O60)', async () => {
    const nodes = opened();
    const first = await nodes.startNode({ atSend: 'wait' });
    const login = await ring(nodes, number);
    const code = login.referenceCode;
    await until('the node is about to send', () => first.sending.length > 0);
    await first.kill();
    expect(await nodes.phone(number).screen()).toBeNull();

    const second = await nodes.startNode();
    const screen = await nodes.phone(number).waitForScreen();
    expect(screen.referenceCode).toBe(code);
    expect(second.sending[0]).toBeGreaterThan(first.sending[0] ?? 0);
    await login.reload();
    expect(login.referenceCode).toBe(code);
    await answerWithPin(nodes.phone(number), login, pin);
    expect(await login.settled()).toBe('approved');
    expect((await login.finish()).claims.acr).toBe('3');
  });

  onBest(
    'killed the moment the attempt is committed: the page that is loaded again waits for the same request',
    async () => {
      const nodes = opened();
      const first = await nodes.startNode({ atSend: 'die' });
      const login = await openLogin(nodes);
      await expect(login.identify(number)).rejects.toThrow();
      await first.ended;

      await nodes.startNode();
      const screen = await nodes.phone(number).waitForScreen();
      await login.reload();
      expect(login.shownStatus).toBe('pending');
      expect(login.referenceCode).toBe(screen.referenceCode);
      await nodes.phone(number).pin(pin);
      expect(await login.settled()).toBe('approved');
      expect((await login.finish()).claims.acr).toBe('3');
    },
  );

  onBest('killed while the PIN is typed: the answer is brought to the next provider, and counts', async () => {
    const nodes = opened();
    const first = await nodes.startNode();
    const login = await ring(nodes, number);
    await nodes.phone(number).waitForScreen();
    await first.kill();
    await nodes.phone(number).pin(pin);
    await nodes.startNode();
    expect(await login.settled()).toBe('approved');
    expect((await login.finish()).claims.acr).toBe('3');
  });

  onBest(
    'killed with -9 within a payment notice, and again before it could answer: paid once, by one receipt (X98)',
    async () => {
      const nodes = opened();
      const first = await nodes.startNode({ atCapture: 'die-within' });
      const person = { identifier: 'alice@exemple.test', password: 'alice-demo-password' };
      const call = await apiAs(nodes, { ...person, scope: 'billing.read billing.pay', base: '/billing/v1' });
      const [bill] = entriesOf(await call('GET', '/invoices?status=unpaid'));
      const wish = { invoiceIds: [bill?.['id']], amount: bill?.['remainingAmount'], method: 'card' };
      const payments = await startPaymentSandbox(
        {
          notifyUrl: `${nodes.issuer}/api/billing/v1/psp/notifications`,
          ...{ secret: sandboxPaymentSecret, now: () => new Date(), randomBytes, fetch, retrySeconds: 0.1 },
        },
        nodes.paymentsPort,
      );
      try {
        const { body: payment } = await call('POST', '/payments', wish);
        const card = { number: '4242424242424242', expiry: '12/99', code: '123', choice: 'pay' };
        await fetch(payment['redirectUrl'] ?? '', {
          method: 'POST',
          body: new URLSearchParams(card),
          redirect: 'manual',
        });
        await first.ended;
        expect(payments.waiting()).toBe(1);

        const second = await nodes.startNode({ atCapture: 'die-behind' });
        await second.ended;
        expect(payments.waiting()).toBe(1);

        await nodes.startNode();
        await until('the provider has been heard', () => payments.waiting() === 0);
        const { body: paid } = await call('GET', `/payments/${payment['id']}`);
        expect(paid).toMatchObject({ status: 'captured', receipt: { id: 'R0000001' } });
        expect(entriesOf(await call('GET', '/receipts'))).toHaveLength(1);
        const { body: settled } = await call('GET', `/invoices/${bill?.['id']}`);
        expect(settled).toMatchObject({ state: 'settled', appliedPayment: [{ payment: { id: payment['id'] } }] });
      } finally {
        await payments.stop();
      }
    },
    // Three providers start, one after the other.
    60_000,
  );
});

describe.runIf(engines.includes('postgres'))('two providers on one PostgreSQL', () => {
  const opened = nodesOn('postgres');

  async function twoNodes() {
    const nodes = opened();
    const one = await nodes.startNode();
    const two = await nodes.startNode({ port: await nodes.freePort() });
    return { nodes, one, two };
  }

  test('take the steps of one login in turn, and the answer may come to either', async () => {
    const { nodes, one, two } = await twoNodes();
    nodes.balance(one, two);
    for (let n = 0; n < 4; n++) {
      const login = await ring(nodes, number);
      await answerWithPin(nodes.phone(number), login, pin);
      expect(await login.settled()).toBe('approved');
      expect((await login.finish()).claims.acr).toBe('3');
    }
    expect(one.sending.length + two.sending.length).toBe(4);
  });

  test('one dies: the other goes on with its login, its session and its tokens (O60)', async () => {
    const { nodes, one, two } = await twoNodes();
    nodes.balance(one);
    const login = await ring(nodes, number);
    await nodes.phone(number).waitForScreen();
    await one.kill();
    nodes.balance(two);
    await nodes.phone(number).pin(pin);
    expect(await login.settled()).toBe('approved');
    expect((await login.finish()).claims.acr).toBe('3');
    const again = await openLogin(nodes, { browser: login.browser, prompt: 'none' });
    expect((await again.finish()).claims.acr).toBe('3');
  });

  test('a lock is one for both, whatever their own clocks say; it outlives them, and so does a hold (A51, A53, X37)', async () => {
    const nodes = opened();
    const advance = (seconds: number) =>
      nodes.query(`update domain_clock set offset_seconds = offset_seconds + ${seconds}`);
    const fast = await nodes.startNode({ skewSeconds: 7_200 });
    const locked = await ring(nodes, number);
    await nodes.phone(number).waitForScreen();
    for (const wrong of ['0001', '0002', '0003']) await nodes.phone(number).pin(wrong);
    expect(await locked.settled()).toBe('refused');
    const [lock] = await nodes.query(
      `select extract(epoch from locked_until - app_now())::integer as left from enrolments where locked_until is not null`,
    );
    expect(lock?.['left']).toBeGreaterThan(86_400 - 60);
    expect(lock?.['left']).toBeLessThanOrEqual(86_400);

    const one = await nodes.startNode({ port: await nodes.freePort() });
    await advance(86_400 - 1_000);
    for (const node of [fast, one]) {
      nodes.balance(node);
      expect(await rings(nodes)).toBe(false);
    }
    await nodes.killAll();
    await advance(1_000 - 70);
    await nodes.startNode();
    expect(await rings(nodes)).toBe(false);
    await advance(71);
    await answerAgain(nodes);

    await nodes.query(
      `update enrolments set hold_until = app_now() + interval '1 hour' where locked_until is not null`,
    );
    const two = await nodes.startNode({ port: await nodes.freePort(), skewSeconds: 7_200 });
    nodes.balance(two);
    expect(await rings(nodes)).toBe(false);
    await advance(3_601);
    await answerAgain(nodes);
  });

  /** Whether a login would ring the phone; it is taken back at once. */
  async function rings(nodes: NodeWorld): Promise<boolean> {
    const login = await ring(nodes, number);
    const [attempt] = await nodes.query(
      `select sim_id from attempts where purpose = 'login' order by created_at desc limit 1`,
    );
    await login.choose('cancel');
    return attempt?.['sim_id'] !== null;
  }

  async function answerAgain(nodes: NodeWorld): Promise<void> {
    const login = await ring(nodes, number);
    await answerWithPin(nodes.phone(number), login, pin);
    expect(await login.settled()).toBe('approved');
  }

  test('wake each other: a page that waits at one hears of an answer that came to the other', async () => {
    const { nodes, one, two } = await twoNodes();
    for (const node of [one, two]) {
      nodes.balance(node);
      const login = await ring(nodes, number);
      const waiting = login.status(20);
      await answerWithPin(nodes.phone(number), login, pin);
      expect(await waiting).toBe('approved');
      await login.finish();
    }
  });
});
