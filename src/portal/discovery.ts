// Finds the provider's metadata and keys: on first use, with retries, kept and refreshed.
// The provider may be down when the portal starts, and may go down later: what is known then stays in use.

import { setTimeout as pause } from 'node:timers/promises';
import { createRemoteJWKSet, type JWTVerifyGetKey } from 'jose';
import * as openid from 'openid-client';

export interface DiscoveryOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** How the client shows its secret: in a header, or in the form as hubs do. */
  readonly authentication?: 'basic' | 'post';
  readonly now: () => Date;
}

/** The provider could not be asked for its metadata. */
export class IssuerUnreachable extends Error {
  override readonly name = 'IssuerUnreachable';
}

export interface Discovered {
  readonly configuration: openid.Configuration;
  readonly keys: JWTVerifyGetKey;
}

const timeoutSeconds = 5;
const metadataLifeSeconds = 10 * 60;
/** How long old metadata are used after a failed refresh before the next try. */
const staleLifeSeconds = 30;
const retryPausesMs = [0, 200, 500];

/**
 * Makes the function that gives the metadata: asks again when they are old, lives on with the old ones if that fails.
 * The function throws IssuerUnreachable while there are none.
 */
export function createDiscovery(options: DiscoveryOptions): () => Promise<Discovered> {
  const { issuer, clientId, clientSecret, authentication, now } = options;
  let known: { value: Discovered; freshUntil: number } | undefined;
  let underWay: Promise<Discovered> | undefined;

  async function discoverOnce(): Promise<Discovered> {
    const execute = [openid.enableNonRepudiationChecks];
    if (issuer.startsWith('http:')) execute.push(openid.allowInsecureRequests);
    const showSecret = authentication === 'post' ? openid.ClientSecretPost : openid.ClientSecretBasic;
    const settings = { execute, timeout: timeoutSeconds };
    const configuration = await openid.discovery(
      new URL(issuer),
      clientId,
      undefined,
      showSecret(clientSecret),
      settings,
    );
    const { jwks_uri: keysUrl } = configuration.serverMetadata();
    if (keysUrl === undefined) throw new Error('The provider names no jwks_uri.');
    return { configuration, keys: createRemoteJWKSet(new URL(keysUrl), { timeoutDuration: timeoutSeconds * 1000 }) };
  }

  async function discover(): Promise<Discovered> {
    let cause: unknown;
    for (const wait of known === undefined ? retryPausesMs : [0]) {
      await pause(wait);
      try {
        const value = await discoverOnce();
        known = { value, freshUntil: now().getTime() + metadataLifeSeconds * 1000 };
        return value;
      } catch (error) {
        cause = error;
      }
    }
    if (known !== undefined) {
      known.freshUntil = now().getTime() + staleLifeSeconds * 1000;
      return known.value;
    }
    throw new IssuerUnreachable('The provider does not answer.', { cause });
  }

  return () => {
    if (known !== undefined && now().getTime() < known.freshUntil) return Promise.resolve(known.value);
    underWay ??= discover().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}
