// Access tokens of a session: kept, renewed one after the other, and the end of a grant.
import { ResponseBodyError } from 'openid-client';
import { expect, test } from 'vitest';
import type { RefreshRequest, TokenAnswer } from '../../../src/portal/oidc-client.ts';
import { createTokenKeeper, GrantRevoked, startTokens } from '../../../src/portal/tokens.ts';

const api = { resource: 'http://localhost:3000/api' };

/** A provider that rotates refresh tokens: r0 → r1 → …, each good once. */
function aKeeper({ lifeSeconds = 300, fail }: { lifeSeconds?: number; fail?: () => Error | undefined } = {}) {
  let at = 0;
  const now = () => new Date(at);
  const asked: RefreshRequest[] = [];
  const answer = (): TokenAnswer => ({
    accessToken: { value: `a${asked.length}`, expiresAt: new Date(at + lifeSeconds * 1000) },
    refreshToken: `r${asked.length}`,
  });
  const tokens = startTokens('alice', answer());
  const refresh = async (request: RefreshRequest) => {
    asked.push(request);
    await Promise.resolve();
    const error = fail?.();
    if (error !== undefined) throw error;
    return answer();
  };
  return {
    tokens,
    asked,
    keeper: createTokenKeeper({ client: { refresh }, now }),
    pass: (seconds: number) => {
      at += seconds * 1000;
    },
  };
}

const oauthError = (error: string) =>
  new ResponseBodyError('refused', { cause: { error }, response: new Response('{}', { status: 400 }) });

test('the token of the login is for userinfo', async () => {
  const { keeper, tokens, asked } = aKeeper();
  expect(await keeper.accessToken(tokens, 'userinfo')).toBe('a0');
  expect(asked).toEqual([]);
});

test('a token for an API is fetched with the refresh token and kept', async () => {
  const { keeper, tokens, asked } = aKeeper();
  expect(await keeper.accessToken(tokens, api)).toBe('a1');
  expect(await keeper.accessToken(tokens, api)).toBe('a1');
  expect(asked).toEqual([{ refreshToken: 'r0', resource: api.resource, subject: 'alice' }]);
});

test('a token is renewed ten seconds before its end', async () => {
  const { keeper, tokens, pass } = aKeeper();
  pass(289);
  expect(await keeper.accessToken(tokens, 'userinfo')).toBe('a0');
  pass(1);
  expect(await keeper.accessToken(tokens, 'userinfo')).toBe('a1');
});

test('calls at the same time use each refresh token once and fetch each token once', async () => {
  const { keeper, tokens, asked, pass } = aKeeper();
  pass(300);
  const audiences = ['userinfo', api, 'userinfo', api] as const;
  const values = await Promise.all(audiences.map((audience) => keeper.accessToken(tokens, audience)));
  expect(values).toEqual(['a1', 'a2', 'a1', 'a2']);
  expect(asked.map(({ refreshToken }) => refreshToken)).toEqual(['r0', 'r1']);
});

test('a refused refresh token ends the grant: nothing of it is used again', async () => {
  const { keeper, tokens, asked } = aKeeper({ fail: () => oauthError('invalid_grant') });
  await expect(keeper.accessToken(tokens, api)).rejects.toBeInstanceOf(GrantRevoked);
  expect(await keeper.accessToken(tokens, 'userinfo')).toBeUndefined();
  expect(asked).toHaveLength(1);
});

test('another failure is passed on, and the next call tries again with the same refresh token', async () => {
  const failures = [oauthError('temporarily_unavailable')];
  const { keeper, tokens, asked } = aKeeper({ fail: () => failures.shift() });
  await expect(keeper.accessToken(tokens, api)).rejects.toBeInstanceOf(ResponseBodyError);
  expect(await keeper.accessToken(tokens, api)).toBe('a2');
  expect(asked.map(({ refreshToken }) => refreshToken)).toEqual(['r0', 'r0']);
});

test('a forgotten token is fetched anew, the others stay', async () => {
  const { keeper, tokens } = aKeeper();
  await keeper.accessToken(tokens, api);
  keeper.forget(tokens, api);
  expect(await keeper.accessToken(tokens, api)).toBe('a2');
  expect(await keeper.accessToken(tokens, 'userinfo')).toBe('a0');
});

test('without a refresh token there is nothing to renew with', async () => {
  const { keeper, tokens, pass } = aKeeper();
  tokens.refreshToken = undefined;
  expect(await keeper.accessToken(tokens, api)).toBeUndefined();
  pass(300);
  expect(await keeper.accessToken(tokens, 'userinfo')).toBeUndefined();
});
