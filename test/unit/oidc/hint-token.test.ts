// Hints that discovery gives out: who can open them, how long, how often.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { CompactEncrypt, compactDecrypt, decodeJwt, exportJWK, SignJWT } from 'jose';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseMsisdn } from '../../../src/identifiers.ts';
import { createHintTokens, type HintTokenDeps, type HintTokens } from '../../../src/oidc/hint-token.ts';
import type { LoadedKeys } from '../../../src/oidc/keys.ts';
import { masterKey } from './people.ts';

const alice = parseMsisdn('+33639980001');
const issuer = 'https://id.exemple.test';
let keys: LoadedKeys;
let now: Date;
let deps: HintTokenDeps;
let hints: HintTokens;

beforeAll(async () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const about = { kid: 'one', alg: 'ES256', use: 'sig' };
  keys = {
    privateSet: { keys: [{ ...(await exportJWK(pair.privateKey)), ...about }] },
    publicSet: { keys: [{ ...(await exportJWK(pair.publicKey)), ...about }] },
    fingerprint: 'one',
  };
});

beforeEach(() => {
  now = new Date('2026-03-01T10:00:00Z');
  deps = { issuer, keys: () => keys, masterKey, ephemeral: insertOnly(), now: () => now, randomBytes };
  hints = createHintTokens(deps);
});

/** The one rule of the store that counts here: the first one wins. */
function insertOnly(): HintTokenDeps['ephemeral'] {
  const known = new Set<string>();
  return {
    insert: async (kind, key) => {
      const isNew = !known.has(`${kind} ${key}`);
      known.add(`${kind} ${key}`);
      return isNew;
    },
  };
}

const later = (seconds: number) => {
  now = new Date(now.getTime() + seconds * 1_000);
};
const opened = { kind: 'msisdn', value: alice };

describe('a login_hint_token', () => {
  const use = { clientId: 'shop', use: true };

  test('opens once, and is over after that', async () => {
    const { token } = await hints.issue('shop', alice);
    expect(await hints.openToken(token, use)).toEqual(opened);
    expect(await hints.openToken(token, use)).toEqual({ kind: 'expired' });
  });

  test('opens for one of twenty at once', async () => {
    const { token } = await hints.issue('shop', alice);
    const answers = await Promise.all(Array.from({ length: 20 }, () => hints.openToken(token, use)));
    expect(answers.filter(({ kind }) => kind === 'msisdn')).toHaveLength(1);
  });

  test('is not used up by looking at it', async () => {
    const { token } = await hints.issue('shop', alice);
    expect(await hints.openToken(token, { clientId: 'shop', use: false })).toEqual(opened);
    expect(await hints.openToken(token, use)).toEqual(opened);
  });

  test('is nothing to another client, who does not use it up either', async () => {
    const { token } = await hints.issue('shop', alice);
    expect(await hints.openToken(token, { clientId: 'kiosk', use: true })).toEqual({ kind: 'malformed' });
    expect(await hints.openToken(token, use)).toEqual(opened);
  });

  test('lives five minutes', async () => {
    const { token } = await hints.issue('shop', alice);
    later(299);
    expect(await hints.openToken(token, { clientId: 'shop', use: false })).toEqual(opened);
    later(2);
    expect(await hints.openToken(token, use)).toEqual({ kind: 'expired' });
  });

  test('shows no digit of the number to whoever carries it', async () => {
    const { token } = await hints.issue('shop', alice);
    for (const part of token.split('.')) expect(Buffer.from(part, 'base64url').toString()).not.toContain('39980001');
  });

  test('of another issuer does not open', async () => {
    const other = createHintTokens({ ...deps, issuer: 'https://id.other.test' });
    const { token } = await other.issue('shop', alice);
    expect(await hints.openToken(token, use)).toEqual({ kind: 'malformed' });
  });

  test('with another signature inside does not open, even from whoever knew the key of the envelope', async () => {
    const { token } = await hints.issue('shop', alice);
    const { plaintext } = await compactDecrypt(token, masterKey.derive('hint'));
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const signed = await new SignJWT(decodeJwt(Buffer.from(plaintext).toString()))
      .setProtectedHeader({ alg: 'ES256', typ: 'login-hint+jwt' })
      .sign(stranger);
    const forged = await new CompactEncrypt(Buffer.from(signed))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(masterKey.derive('hint'));
    expect(await hints.openToken(forged, use)).toEqual({ kind: 'malformed' });
  });

  test.each(['', 'a.b.c', 'x'.repeat(5_000), '....'])('%j is none', async (text) => {
    expect(await hints.openToken(text, use)).toEqual({ kind: 'malformed' });
  });
});

test('what was accepted is read again later in the same login, without being used twice', async () => {
  const { token, encryptedNumber } = await hints.issue('shop', alice);
  expect(await hints.openToken(token, { clientId: 'shop', use: true })).toEqual(opened);
  later(600);
  expect(await hints.openToken(token, { clientId: 'shop', use: false, accepted: true })).toEqual(opened);
  expect(hints.openNumber(encryptedNumber, { clientId: 'shop', accepted: true })).toEqual(opened);
});

describe('an encrypted number', () => {
  test('opens for its client as often as it likes, for five minutes', async () => {
    const { encryptedNumber } = await hints.issue('shop', alice);
    expect(hints.openNumber(encryptedNumber, { clientId: 'shop' })).toEqual(opened);
    expect(hints.openNumber(encryptedNumber.toUpperCase(), { clientId: 'shop' })).toEqual(opened);
    later(300);
    expect(hints.openNumber(encryptedNumber, { clientId: 'shop' })).toEqual({ kind: 'expired' });
  });

  test('is nothing to another client', async () => {
    const { encryptedNumber } = await hints.issue('shop', alice);
    expect(hints.openNumber(encryptedNumber, { clientId: 'kiosk' })).toEqual({ kind: 'malformed' });
  });

  test('is long hex, different each time', async () => {
    const [one, two] = [await hints.issue('shop', alice), await hints.issue('shop', alice)];
    expect(one.encryptedNumber).toMatch(/^[0-9a-f]{128,}$/);
    expect(two.encryptedNumber).not.toBe(one.encryptedNumber);
  });

  test.each(['', '33639980001', 'zz', 'ab'.repeat(3_000), 'abcdef'])('%j is none', (text) => {
    expect(hints.openNumber(text, { clientId: 'shop' })).toEqual({ kind: 'malformed' });
  });
});
