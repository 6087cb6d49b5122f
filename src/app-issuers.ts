// What belongs to one issuer of the process: its provider, the reasons of its refusals, and the brands that are at home
// there. Database, keys at rest, the way to the SMSC and the jobs are shared by all.
import type { AppParts } from './app.ts';
import { cibaOf } from './app-ciba.ts';
import { refusalsOf } from './app-developers.ts';
import { operatorsOf } from './app-operators.ts';
import { serverInitiatedOf } from './app-server-initiated.ts';
import type { SimChannel } from './app-sim-channel.ts';
import { stateRules } from './app-state-rules.ts';
import { serviceStands } from './authentication/sim-proof.ts';
import { AppError } from './errors.ts';
import { logoutJob } from './messaging/logout-tokens.ts';
import { createOidcProvider } from './oidc/provider.ts';
import type { BrandIssuer } from './ops/brands.ts';
import type { Config } from './ops/config.ts';
import { deviceLabel } from './web/device-label.ts';
import { createProviderPages } from './web/provider-pages.ts';

/** An issuer as the world knows it. */
export interface Home extends BrandIssuer {
  /** Without a slash at its end; its path, if any, is the prefix of all addresses. */
  readonly issuer: string;
}

/** The issuers of this process; the one at the root first. */
export function homesOf({ provider, brands }: Pick<Config, 'provider' | 'brands'>): Home[] {
  return brands.issuers.map((one) => ({ ...one, issuer: `${provider.issuer}${one.path}` }));
}

/** Where a brand is at home; without one, the root. Throws AppError('not_found'). */
export function homeOf<One extends Home>(homes: readonly One[], brand: string | undefined): One {
  const found = brand === undefined ? homes[0] : homes.find((one) => one.serves(brand));
  if (found === undefined) throw new AppError('not_found', { detail: 'there is no such brand' });
  return found;
}

export type SharedParts = Omit<AppParts, 'home' | 'oidc' | 'refusals' | 'channel'>;

type Closers = (() => Promise<unknown> | unknown)[];

/** Makes the parts of one issuer. Where its brands have no Mobile Connect, nothing of it is offered there. */
export async function createIssuer(
  shared: SharedParts,
  { home, channel }: { home: Home; channel: SimChannel },
  closers: Closers,
): Promise<AppParts> {
  const { config, pages, database, masterKey, metrics, randomBytes } = shared;
  const { issuer, main } = home;
  const rings = home.brands.some(({ mobileConnect }) => mobileConnect);
  const refusals = refusalsOf({ ...shared, issuer });
  closers.push(() => refusals.stop());
  const oidc = await createOidcProvider({
    ...shared,
    issuer,
    brand: main.id,
    country: main.country,
    lives: config.tokens,
    mutualTls: config.mutualTls,
    pages: createProviderPages({ pages, issuer: new URL(issuer), brand: main }),
    outboundAllow: config.listeners.outboundAllow,
    serviceStands: (accountId) => serviceStands({ database, rules: stateRules(config) }, accountId),
    best: rings ? 'sim-pin' : 'pwd',
    ...(rings && { operators: operatorsOf(config), ciba: cibaOf(shared, channel) }),
    ...(rings && { serverInitiated: serverInitiatedOf(channel) }),
    async enqueueLogout(post) {
      const eventId = randomBytes(16).toString('base64url');
      await channel.jobs.enqueue(database, 'logout', { payload: logoutJob(masterKey, post), eventId });
    },
    deviceOf: (userAgent) => deviceLabel(userAgent, ''),
    onRefusal: refusals.note,
    onEvent: ({ name }) => metrics.countEvent({ action: name, outcome: 'success', brand: main.id }),
  });
  closers.push(() => oidc.stop());
  return { ...shared, channel, home, oidc, refusals };
}
