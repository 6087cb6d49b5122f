// What we change on an instance of the library where it has no setting for it (oidc.md 1.4); each with its reason.
import type { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import type { OIDCContext, Provider } from 'oidc-provider';
import type { EphemeralStore } from '../storage/ephemeral.ts';
import { acrFor, amrOf, parseLevel } from './acr.ts';
import { clockToleranceSeconds, ephemeralKind } from './adapter.ts';
import { proofingOfAccount, requirementOfRequest } from './interaction-policy.ts';
import { settingsOf } from './profiles.ts';

/** A logout token on its way to a relying party (OpenID Connect Back-Channel Logout 2.5). Lives two minutes. */
export interface LogoutDelivery {
  readonly clientId: string;
  readonly uri: string;
  readonly token: string;
}

/** Sessions keep the internal level; tokens say it in the client's words (decisions 36). */
export function speakClientsVocabulary(provider: Provider): void {
  const levelOf = (oidc: OIDCContext) => parseLevel(oidc.session?.acr);
  Object.defineProperties(provider.OIDCContext.prototype, {
    acr: {
      configurable: true,
      get(this: OIDCContext) {
        const level = levelOf(this);
        const requirement = requirementOfRequest(this);
        if (level === undefined || this.client === undefined || requirement.kind === 'impossible') return undefined;
        const achieved = { level, proofing: proofingOfAccount(this.account) };
        return acrFor(achieved, settingsOf(this.client).vocabulary, requirement.requested);
      },
    },
    amr: {
      configurable: true,
      get(this: OIDCContext) {
        const level = levelOf(this);
        if (level === undefined || this.client === undefined) return undefined;
        return amrOf(settingsOf(this.client).amrKind, level);
      },
    },
  });
}

/** Every address is made from the issuer; what the request says of itself does not matter. */
export function fixAddresses(provider: Provider): void {
  provider.OIDCContext.prototype.urlFor = (name, options) => provider.urlFor(name, options);
}

// A DPoP proof may be dated so far ahead, and the library remembers it as if it were dated now.
const proofAheadSeconds = 300;

/** The library looks and then writes; here the write alone decides, so that of two at once one is a replay. */
export function detectReplaysAtomically(
  provider: Provider,
  { ephemeral, issuer, now }: { ephemeral: EphemeralStore; issuer: string; now: () => Date },
): void {
  provider.ReplayDetection.unique = async (iss, jti, exp) => {
    const key = createHash('sha256').update(`${iss}\0${jti}`).digest('base64url');
    const ttlSeconds =
      Math.max(1, exp - Math.floor(now().getTime() / 1_000)) + proofAheadSeconds + clockToleranceSeconds;
    return await ephemeral.insert(ephemeralKind(issuer, 'ReplayDetection'), key, { value: {}, ttlSeconds });
  };
}

const mostClients = 10_000;
const clientLifeMs = 60_000;

/**
 * Keeps clients that were read: the library's own cache holds 100 and reads the database each time. Forgotten at a
 * wake-up, and after a minute in case the wake-up was lost.
 */
export function cacheClients(provider: Provider, now: () => Date): { forget(): void } {
  type Found = ReturnType<typeof provider.Client.find>;
  const known = new Map<string, { client: Found; until: number }>();
  const find = provider.Client.find.bind(provider.Client);
  provider.Client.find = async (id) => {
    const hit = known.get(id);
    if (hit !== undefined && hit.until > now().getTime()) return await hit.client;
    if (known.size >= mostClients) known.clear();
    const entry = { client: find(id), until: now().getTime() + clientLifeMs };
    known.set(id, entry);
    const drop = () => known.get(id) === entry && known.delete(id);
    // Unknown ids are not kept: anybody can make up as many as there is memory.
    entry.client.then((client) => client ?? drop(), drop);
    return await entry.client;
  };
  return { forget: () => known.clear() };
}

export interface LogoutOutbox {
  /** The client whose logout is under way in this flow of control. */
  recipient(): string | undefined;
}

/** Marks the library's delivery of a logout token, so that our fetch can hand it to a job instead. */
export function markLogouts(provider: Provider, marks: AsyncLocalStorage<string>): LogoutOutbox {
  const original: unknown = Reflect.get(provider.Client.prototype, 'backchannelLogout');
  if (typeof original !== 'function') throw new Error('the library has no backchannelLogout');
  Reflect.set(provider.Client.prototype, 'backchannelLogout', function marked(this: object, ...args: unknown[]) {
    return marks.run(String(Reflect.get(this, 'clientId')), () => Reflect.apply(original, this, args));
  });
  return { recipient: () => marks.getStore() };
}
