// How often a phone may be rung, when the code must be typed, and the numbers that answer by themselves.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { selfAnsweringNumbers } from '../../src/demo/self-answering.ts';
import { answerWithPin, type Login, ring } from '../support/flow-login.ts';
import type { FlowPhone } from '../support/flow-phone.ts';
import { type FlowWorld, startFlowWorld } from '../support/flow-world.ts';

let world: FlowWorld;
let farid: FlowPhone;
const pin = '5208';

beforeAll(async () => {
  world = await startFlowWorld();
  farid = world.phone('+33639980006');
});
afterEach(() => world.nextDay());
afterAll(() => world?.stop());

/** Rings and lets the time run out; each time from another browser at another address. */
async function unanswered(times: number): Promise<void> {
  for (let n = 1; n <= times; n++) {
    await ring(world, farid.msisdn, { browser: world.browser({ address: `203.0.${n}.1` }) });
    await farid.waitForScreen();
    await farid.power(false);
    await world.advanceClock(121);
    await farid.power(true);
  }
}

describe('the push budget', () => {
  test('makes the fourth unanswered request silent, on the same page as ever (X13, O35)', async () => {
    await unanswered(3);
    const sent = await world.messagesTo(farid.msisdn);
    const fourth = await ring(world, farid.msisdn, { browser: world.browser({ address: '203.0.99.1' }) });
    expect(fourth.shownStatus).toBe('pending');
    expect(fourth.referenceCode).toMatch(/^\d{4}$/);
    expect(await world.messagesTo(farid.msisdn)).toBe(sent);
    await world.advanceClock(121);
    expect(await fourth.status()).toBe('expired');
  });

  test('is over a quarter of an hour later', async () => {
    await unanswered(3);
    await world.advanceClock(15 * 60);
    const login = await ring(world, farid.msisdn);
    await answerWithPin(farid, login, pin);
    expect(await login.settled()).toBe('approved');
  });

  test('of strangers does not bind a browser that this phone has approved before (decision 9)', async () => {
    const own = world.browser({ address: '192.0.2.1' });
    const first = await ring(world, farid.msisdn, { browser: own });
    await answerWithPin(farid, first, pin);
    await first.settled();
    await first.finish();
    await unanswered(3);

    const login = await ring(world, farid.msisdn, { browser: own, prompt: 'login' });
    await answerWithPin(farid, login, pin);
    expect(await login.settled()).toBe('approved');
  });

  test('leaves the password to the owner (X13, O56)', async () => {
    await unanswered(3);
    const login = await ring(world, farid.msisdn);
    await login.choose('password');
    await login.password('farid-demo-password');
    expect((await login.finish()).claims.acr).toBe('1');
  });

  test('counts requests that were cancelled in the browser too', async () => {
    const sent = await world.messagesTo(farid.msisdn);
    for (let n = 1; n <= 3; n++) {
      const login = await ring(world, farid.msisdn, { browser: world.browser({ address: `198.51.${n}.1` }) });
      await farid.waitForScreen();
      await login.choose('cancel');
    }
    const requests = () => requestsShownOn(farid.msisdn);
    const shown = requests();
    expect(await world.messagesTo(farid.msisdn)).toBeGreaterThan(sent);
    const fourth = await ring(world, farid.msisdn);
    expect(fourth.shownStatus).toBe('pending');
    await world.messagesTo(farid.msisdn);
    expect(requests()).toBe(shown);
  });
});

describe('after a request that nobody answered', () => {
  async function ringAgain(): Promise<Login> {
    await unanswered(1);
    return await ring(world, farid.msisdn);
  }

  test('the phone asks for the code instead of showing it, and typing it approves (decision 8)', async () => {
    const login = await ringAgain();
    const screen = await farid.waitForScreen();
    expect(screen).toMatchObject({ kind: 'code', referenceCode: null });
    expect(screen.text).not.toContain(login.referenceCode);
    expect(login.page.text).toContain('Tapez ce code sur votre téléphone');
    expect((await farid.code(login.referenceCode ?? ''))?.kind).toBe('pin');
    await farid.pin(pin);
    expect(await login.settled()).toBe('approved');
    expect((await login.finish()).claims.acr).toBe('3');
  });

  test('a code that is typed wrong twice refuses (X16)', async () => {
    const login = await ringAgain();
    await farid.waitForScreen();
    const wrong = String((Number(login.referenceCode) + 1) % 10_000).padStart(4, '0');
    expect((await farid.code(wrong))?.kind).toBe('code');
    await farid.code(wrong);
    expect(await login.settled()).toBe('refused');
  });

  test('typed once more, and the next is compared again', async () => {
    const login = await ringAgain();
    await answerWithPin(farid, login, pin);
    await login.settled();
    await login.finish();
    await world.advanceClock(15 * 60);
    await ring(world, farid.msisdn);
    expect(await farid.waitForScreen()).toMatchObject({ kind: 'text' });
  });
});

describe('numbers that answer by themselves', () => {
  const numberThat = (outcome: string): string =>
    selfAnsweringNumbers.find((one) => one.outcome === outcome)?.msisdn ?? '';

  test('500 approves', async () => {
    const login = await ring(world, numberThat('approves'));
    expect(await login.settled()).toBe('approved');
    expect((await login.finish()).claims).toMatchObject({ acr: '3', amr: ['sc', 'pin', 'mfa', 'mca'] });
  });

  test('3001 approves after a second', async () => {
    const login = await ring(world, numberThat('approves after 1 s'));
    expect(await login.status()).toBe('pending');
    expect(await login.settled()).toBe('approved');
  });

  test.each(['cancels', 'has its PIN blocked', 'reports fraud'])('one %s', async (outcome) => {
    const login = await ring(world, numberThat(outcome));
    expect(await login.settled()).toBe('refused');
  });

  test.each(['never answers', 'is switched off', 'answers with a bad signature'])('one %s', async (outcome) => {
    const login = await ring(world, numberThat(outcome));
    expect(login.shownStatus).toBe('pending');
    await world.messagesTo(numberThat(outcome));
    expect(await login.status()).toBe('pending');
    await world.advanceClock(121);
    expect(await login.status()).toBe('expired');
  });

  test.each(['has its PIN blocked', 'reports fraud', 'cancels'])(
    'keep their word however often they are asked: the one that %s (decision 55)',
    async (outcome) => {
      for (let n = 0; n < 5; n++) {
        const login = await ring(world, numberThat(outcome));
        expect(await login.settled()).toBe('refused');
      }
    },
  );
});

/** Requests that the card has taken up. */
function requestsShownOn(msisdn: string): number {
  return world.events.filter((event) => event.type === 'applet.request' && event.msisdn === msisdn).length;
}
