// Client metadata of our own, and what follows from it.
import { describe, expect, test } from 'vitest';
import { requirementOf } from '../../../src/oidc/acr.ts';
import { applyProfile, defaultSubjectType, settingsOf } from '../../../src/oidc/profiles.ts';
import { pairwiseSubject } from '../../../src/oidc/subjects.ts';

const policy = { policy_uri: 'https://rp.exemple.test/policy' };
const registered = (metadata: Record<string, unknown>, dynamic = false) => {
  const copy = { ...metadata };
  applyProfile(copy, { dynamic, brand: 'exemple', said: metadata });
  return copy;
};

describe('metadata', () => {
  test('gets defaults: a plain third party of the issuer’s brand', () => {
    expect(registered(policy)).toMatchObject({
      profile: 'oidc',
      party: 'third',
      brand: 'exemple',
      acr_vocabulary: 'loa',
      strict_acr: false,
      reveal_enrolment: false,
    });
  });

  test.each([
    ['an unknown profile', { profile: 'saml' }, /^profile/],
    ['a text where a flag belongs', { strict_acr: 'yes' }, /^strict_acr/],
    ['an unknown vocabulary', { acr_vocabulary: 'nist' }, /^acr_vocabulary/],
    ['a brand with a slash', { brand: '../x' }, /^brand/],
    ['HS256 outside a hub', { id_token_signed_response_alg: 'HS256' }, /HS256/],
    ['a scope of the APIs for a third party', { scope: 'openid account.read' }, /first parties only/],
  ])('with %s is refused', (_what, change, problem) => {
    expect(() => registered({ ...policy, ...change })).toThrow(problem);
  });

  test('may do without PKCE for a client that has a secret, and for no other (O39)', () => {
    const plain = { ...policy, require_pkce: false };
    expect(settingsOf(registered(plain)).pkce).toBe('or-nonce');
    expect(() => registered({ ...plain, token_endpoint_auth_method: 'none' })).toThrow(/confidential/);
    expect(() => registered({ ...plain, profile: 'fapi-2.0' })).toThrow(/fapi-2.0/);
  });

  test('of a third party needs a policy_uri, of a first party not', () => {
    expect(() => registered({})).toThrow(/policy_uri/);
    expect(registered({ party: 'first' })).toMatchObject({ party: 'first' });
  });

  test('of a hub may say HS256', () => {
    const hub = { ...policy, profile: 'hub', id_token_signed_response_alg: 'HS256' };
    expect(registered(hub)).toMatchObject(hub);
  });
});

describe('a client that registers itself', () => {
  test('is a third party and reveals nothing, whatever it says', () => {
    const greedy = { ...policy, party: 'first', reveal_enrolment: true, brand: 'ile', shows_reference_code: true };
    expect(registered(greedy, true)).toMatchObject({
      party: 'third',
      reveal_enrolment: false,
      shows_reference_code: false,
      brand: 'exemple',
    });
  });

  test('is no hub', () => {
    expect(() => registered({ ...policy, profile: 'hub' }, true)).toThrow(/contract/);
  });

  test('gets pairwise subjects unless it says otherwise', () => {
    const redirects = { redirect_uris: ['https://rp.exemple.test/cb'] };
    expect(registered({ ...policy, ...redirects }, true)['subject_type']).toBe('pairwise');
    const said = { ...policy, ...redirects, subject_type: 'public' };
    expect(registered(said, true)['subject_type']).toBe('public');
  });
});

describe('subject type', () => {
  const ciba = 'urn:openid:params:grant-type:ciba';
  test.each([
    ['first party', { party: 'first', redirect_uris: ['https://a.test/'] }, 'public'],
    ['third party', { party: 'third', redirect_uris: ['https://a.test/', 'https://a.test/2'] }, 'pairwise'],
    ['two hosts', { party: 'third', redirect_uris: ['https://a.test/', 'https://b.test/'] }, 'public'],
    [
      'two hosts and a sector',
      {
        party: 'third',
        redirect_uris: ['https://a.test/', 'https://b.test/'],
        sector_identifier_uri: 'https://a.test/s',
      },
      'pairwise',
    ],
    ['CIBA', { party: 'third', redirect_uris: ['https://a.test/'], grant_types: [ciba] }, 'public'],
  ])('of %s is %s', (_what, metadata, expected) => {
    expect(defaultSubjectType(metadata)).toBe(expected);
  });

  test('pairwise is stable in a sector and different elsewhere', () => {
    const key = Buffer.alloc(32, 1);
    const of = (accountId: string, id: string, sector: string) => pairwiseSubject(key, accountId, { id, sector });
    expect(of('acc_1', 'shop', 'a.test')).toBe(of('acc_1', 'shop-2', 'a.test'));
    expect(of('acc_1', 'shop', 'a.test')).not.toBe(of('acc_1', 'shop', 'b.test'));
    expect(of('acc_1', 'shop', 'a.test')).not.toBe(of('acc_2', 'shop', 'a.test'));
    expect(pairwiseSubject(Buffer.alloc(32, 2), 'acc_1', { id: 'shop', sector: 'a.test' })).not.toBe(
      of('acc_1', 'shop', 'a.test'),
    );
  });

  test.each(['', 'localhost:3001', '127.0.0.1', '[::1]:80'])('clients at %j share no sector', (sector) => {
    const key = Buffer.alloc(32, 1);
    const of = (id: string) => pairwiseSubject(key, 'acc_1', { id, sector });
    expect(of('one')).not.toBe(of('two'));
  });
});

describe('settings', () => {
  test('of Mobile Connect and hubs are strict and without PKCE', () => {
    expect(settingsOf({ profile: 'mobile-connect-2.3' })).toMatchObject({
      amrKind: 'mobile-connect',
      pkce: 'optional',
      allowPasswordFallback: false,
      levels: { strict: true, floor: 'sim-ok' },
    });
    expect(settingsOf({ profile: 'hub', acr_vocabulary: 'eidas' })).toMatchObject({
      isHub: true,
      pkce: 'optional',
      levels: { vocabulary: 'eidas', strict: true },
    });
  });

  test('of anybody else ask for PKCE and take the password', () => {
    expect(settingsOf({})).toMatchObject({
      pkce: 'required',
      allowPasswordFallback: true,
      levels: { strict: false, floor: 'pwd' },
    });
    expect(settingsOf({ allow_password_fallback: false })).toMatchObject({ levels: { floor: 'sim-ok' } });
  });

  test('hold a strict client to its registered default, whatever a browser asks for (X109)', () => {
    const strict = { strict_acr: true, defaultAcrValues: ['3'] };
    expect(settingsOf(strict).levels.floor).toBe('sim-pin');
    expect(settingsOf({ ...strict, strict_acr: false }).levels.floor).toBe('pwd');
    const lowered = requirementOf(settingsOf(strict).levels, { acrValues: '1', claims: undefined });
    expect(lowered).toMatchObject({ least: 'sim-pin', requested: [] });
  });
});
