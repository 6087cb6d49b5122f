// Passwords: right, wrong and of nobody cost one Argon2 run each, and no more run at once than allowed.
// The runs are counted as the event loop sees them, by the native worker's own name.
import { createHook } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  createPasswordVerifier,
  hashPassword,
  longestPassword,
  type PasswordVerifier,
} from '../../../src/authentication/password.ts';

const cheap = { memoryKib: 64, passes: 1 };
const right = 'alice-demo-password';

let runs = 0;
let running = 0;
let most = 0;
const workers = new Set<number>();
const hook = createHook({
  init(id, type) {
    if (type !== 'argon2:HashWorker') return;
    workers.add(id);
    runs++;
    most = Math.max(most, ++running);
  },
  before(id) {
    if (workers.delete(id)) running--;
  },
});

let verifier: PasswordVerifier;
let stored: string;

beforeAll(async () => {
  hook.enable();
  stored = await hashPassword(right, cheap);
  verifier = await createPasswordVerifier(randomBytes, { parallel: 2, cost: cheap });
});
afterAll(() => {
  hook.disable();
});
beforeEach(() => {
  runs = 0;
  most = 0;
});

describe('a password', () => {
  test('that is right is accepted', async () => {
    expect(await verifier.verify(stored, right)).toBe(true);
  });

  test.each([
    ['another one', 'bruno-demo-password'],
    ['other letters', right.toUpperCase()],
    ['a space behind', `${right} `],
    ['nothing', ''],
    ['a NUL and more behind', `${right}\0x`],
  ])('that is wrong by %s is refused', async (_what, password) => {
    expect(await verifier.verify(stored, password)).toBe(false);
  });

  test('of an account that does not exist is always refused, even the empty one', async () => {
    expect(await verifier.verify(undefined, right)).toBe(false);
    expect(await verifier.verify(undefined, '')).toBe(false);
  });

  test('is the same in every Unicode spelling of its letters', async () => {
    const composed = await hashPassword('Zoé-Noël', cheap);
    expect(await verifier.verify(composed, 'Zoe\u0301-Noe\u0308l')).toBe(true);
    const taken = await hashPassword('Zoe\u0301', cheap);
    expect(await verifier.verify(taken, 'Zo\u00e9')).toBe(true);
  });

  test('of the longest length is accepted, one character more is refused', async () => {
    const longest = await hashPassword('x'.repeat(longestPassword), cheap);
    expect(await verifier.verify(longest, 'x'.repeat(longestPassword))).toBe(true);
    expect(await verifier.verify(longest, 'x'.repeat(longestPassword + 1))).toBe(false);
  });

  test('that is too long is not taken for the empty one', async () => {
    const tooLong = 'x'.repeat(100_000);
    expect(await verifier.verify(await hashPassword('', cheap), tooLong)).toBe(false);
  });
});

describe('the work', () => {
  test.each([
    ['a right password', () => verifier.verify(stored, right)],
    ['a wrong password', () => verifier.verify(stored, 'wrong')],
    ['an account that does not exist', () => verifier.verify(undefined, right)],
    ['a password that is too long', () => verifier.verify(stored, 'x'.repeat(10_000))],
    ['a too long one for nobody', () => verifier.verify(undefined, 'x'.repeat(10_000))],
  ])('for %s is one run of Argon2 (X03, O56)', async (_what, verify) => {
    await verify();
    expect(runs).toBe(1);
  });

  test('runs two at once and no more, and every caller gets its own answer', async () => {
    const passwords = Array.from({ length: 12 }, (_, n) => (n % 3 === 0 ? right : `wrong ${n}`));
    const verdicts = await Promise.all(passwords.map((password) => verifier.verify(stored, password)));
    expect(verdicts).toEqual(passwords.map((password) => password === right));
    expect(runs).toBe(12);
    expect(most).toBe(2);
  });

  test('a run that fails leaves its place to the next', async () => {
    const broken = Array.from({ length: 5 }, () => verifier.verify('$not-a-hash', right));
    const outcomes = await Promise.allSettled(broken);
    expect(outcomes.map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => 'rejected'));
    expect(await verifier.verify(stored, right)).toBe(true);
  });
});

test('a hash is Argon2id with at least the cost that OWASP names, with a salt of its own', async () => {
  const [one, two] = await Promise.all([hashPassword(right), hashPassword(right)]);
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,p=1,t=2\$/);
  expect(one).not.toBe(two);
  expect(one).not.toContain(right);
});
