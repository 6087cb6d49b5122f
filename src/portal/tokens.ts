// Gives out access tokens of a session, one per audience, and renews them with the refresh token.
// Refresh tokens rotate, so two renewals of one session never run at the same time.

import { ResponseBodyError } from 'openid-client';
import type { OidcClient, Token, TokenAnswer } from './oidc-client.ts';

/** What a token is for: `userinfo`, or an API by its resource identifier (RFC 8707). */
export type Audience = 'userinfo' | { readonly resource: string };

export interface SessionTokens {
  readonly subject: string;
  refreshToken: string | undefined;
  readonly access: Map<string, Token>;
  /** The renewal that runs, or the last one; the next waits for it. */
  renewal: Promise<unknown>;
}

/** The provider takes the refresh token no longer: the person is logged out. */
export class GrantRevoked extends Error {
  override readonly name = 'GrantRevoked';
}

export interface TokenKeeper {
  /**
   * A token that lives for some seconds more, renewed if need be.
   *
   * @returns undefined when there is none and no refresh token to get one with.
   * @throws GrantRevoked when the provider refuses the refresh token.
   */
  accessToken(tokens: SessionTokens, audience: Audience): Promise<string | undefined>;
  /** Drops a token that an API refused, so that the next call renews it. */
  forget(tokens: SessionTokens, audience: Audience): void;
}

/** Tokens of a session that has just begun: those of the code exchange, which are for userinfo. */
export function startTokens(subject: string, { accessToken, refreshToken }: TokenAnswer): SessionTokens {
  return { subject, refreshToken, access: new Map([['userinfo', accessToken]]), renewal: Promise.resolve() };
}

const marginMs = 10_000;

/** Creates the keeper for the sessions of one client. */
export function createTokenKeeper({
  client,
  now,
}: {
  client: Pick<OidcClient, 'refresh'>;
  now: () => Date;
}): TokenKeeper {
  function usable(tokens: SessionTokens, audience: Audience): string | undefined {
    const token = tokens.access.get(keyOf(audience));
    return token !== undefined && token.expiresAt.getTime() - marginMs > now().getTime() ? token.value : undefined;
  }

  async function renew(tokens: SessionTokens, audience: Audience): Promise<string | undefined> {
    // Another call may have renewed it while this one waited.
    const current = usable(tokens, audience);
    const { refreshToken, subject } = tokens;
    if (current !== undefined || refreshToken === undefined) return current;
    const resource = audience === 'userinfo' ? undefined : audience.resource;
    const answer = await client.refresh({ refreshToken, resource, subject }).catch((error: unknown) => {
      if (!isRefusedGrant(error)) throw error;
      tokens.refreshToken = undefined;
      tokens.access.clear();
      throw new GrantRevoked('The refresh token was refused.', { cause: error });
    });
    tokens.refreshToken = answer.refreshToken ?? refreshToken;
    tokens.access.set(keyOf(audience), answer.accessToken);
    return answer.accessToken.value;
  }

  return {
    async accessToken(tokens, audience) {
      const current = usable(tokens, audience);
      if (current !== undefined) return current;
      const renewal = tokens.renewal.then(() => renew(tokens, audience));
      tokens.renewal = renewal.catch(() => undefined);
      return renewal;
    },
    forget(tokens, audience) {
      tokens.access.delete(keyOf(audience));
    },
  };
}

function keyOf(audience: Audience): string {
  return audience === 'userinfo' ? audience : audience.resource;
}

function isRefusedGrant(error: unknown): boolean {
  return error instanceof ResponseBodyError && error.error === 'invalid_grant';
}
