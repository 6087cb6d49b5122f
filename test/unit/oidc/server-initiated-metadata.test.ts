// What the registration of a server-initiated client says, and what follows from it for CIBA.
import { expect, test } from 'vitest';
import {
  completeServerInitiated,
  serverInitiatedProblem,
  siGrant,
} from '../../../src/oidc/server-initiated-metadata.ts';

const whole = { profile: 'mobile-connect-si-1.0', jwks: { keys: [] }, notification_uris: ['https://bank.example/mc'] };

test('a client that may be told of results is one of CIBA with pings; without an address it polls', () => {
  const told: Record<string, unknown> = { ...whole };
  completeServerInitiated(told);
  expect(told).toMatchObject({ backchannel_token_delivery_mode: 'ping' });
  expect(told['grant_types']).toEqual(['urn:openid:params:grant-type:ciba', siGrant]);
  const polling: Record<string, unknown> = { ...whole, notification_uris: undefined };
  completeServerInitiated(polling);
  expect(polling).toMatchObject({ backchannel_token_delivery_mode: 'poll' });
});

test('other profiles stay as they are, and have no such addresses', () => {
  const other: Record<string, unknown> = { profile: 'oidc' };
  completeServerInitiated(other);
  expect(other).toEqual({ profile: 'oidc' });
  expect(serverInitiatedProblem({ ...whole, profile: 'oidc' })).toContain('notification_uris');
});

test.each([
  [{}, undefined],
  [{ notification_uris: ['http://localhost:4000/mc'] }, undefined],
  [{ acr_vocabulary: 'loa' }, undefined],
  [{ acr_vocabulary: 'eidas' }, 'acr_vocabulary must be loa'],
  [{ jwks: undefined }, 'jwks or jwks_uri is required'],
  [{ token_endpoint_auth_method: 'private_key_jwt' }, 'token_endpoint_auth_method must be'],
  [{ backchannel_authentication_request_signing_alg: 'RS256' }, 'request_object_signing_alg'],
  [{ notification_uris: ['http://bank.example/mc'] }, 'https'],
  [{ notification_uris: ['https://bank.example/mc#a'] }, 'https'],
  [{ notification_uris: ['https://me@bank.example/mc'] }, 'https'],
])('%j: %s', (change, words) => {
  const problem = serverInitiatedProblem({ ...whole, ...change });
  if (words === undefined) expect(problem).toBeUndefined();
  else expect(problem).toContain(words);
});
