// Requests without a browser at one issuer: the parts put together, once for the issuer and once for each instance of
// the library that signs for it. docs/ciba.md tells a relying party's developer about it.
import { AsyncLocalStorage } from 'node:async_hooks';
import type Koa from 'koa';
import type { FindAccount, KoaContextWithOIDC, Provider, UnknownObject } from 'oidc-provider';
import type { Backchannel } from '../authentication/backchannel.ts';
import type { Log } from '../ops/log.ts';
import { hashId } from './adapter.ts';
import { createCibaDelivery } from './ciba-delivery.ts';
import { createCancel, speakAsCiba, tellNoUserCode } from './ciba-endpoint.ts';
import { enqueuePings, type PingDelivery } from './ciba-ping.ts';
import { pollPolitely } from './ciba-polls.ts';
import { lifeOf } from './ciba-request.ts';
import { type CibaStart, type CibaStartDeps, createCibaStart } from './ciba-start.ts';
import type { GrantDeps } from './grants.ts';
import type { KnownSubjects } from './hint-subjects.ts';
import { type HintDeps, resolveHint } from './hints.ts';

/** What the composition root gives. */
export interface CibaParts {
  readonly backchannel: Backchannel;
  readonly enqueuePing: (ping: PingDelivery) => Promise<void>;
  /** Life of a request whose client asks for none. */
  readonly lifeSeconds: number;
  /** Told of each poll that waits; what it gives back is called when it waits no more. */
  readonly onWaiting?: (() => () => void) | undefined;
}

export interface CibaDeps extends CibaParts {
  readonly issuer: string;
  readonly brand: string;
  readonly country: HintDeps['country'];
  readonly subjects: Pick<KnownSubjects, 'accountOf'>;
  readonly hints: HintDeps['tokens'];
  readonly findAccount: FindAccount;
  readonly grants: GrantDeps;
  /** The provider of this moment. */
  readonly provider: () => Provider;
  readonly now: () => Date;
  readonly log: Log;
}

export interface Ciba extends CibaStart {
  /** For an instance of the library: our rules over its own. Gives the middleware for its endpoints. */
  install(provider: Provider): readonly Koa.Middleware[];
  /** Seconds that a request lives. */
  readonly lifeOf: (ctx: KoaContextWithOIDC, request: { readonly params?: UnknownObject | undefined }) => number;
  /** Delivers what nobody has asked for yet: pings, and what a crash left behind. */
  sweep(): Promise<void>;
  /** Answers all polls that wait: the server stops. */
  endWaits(): void;
}

/** Puts it together for one issuer. */
export function createCiba(deps: CibaDeps): Ciba {
  const { issuer, backchannel } = deps;
  const closing = new AbortController();
  const start = createCibaStart({ ...deps, resolveHint: resolverOf(deps) });
  const delivery = createCibaDelivery(deps);
  // The library knows its request by the flow of control; a delivery belongs to none.
  const outside = AsyncLocalStorage.snapshot();
  const deliver = (attemptId: string): Promise<void> => outside(() => delivery.deliver(attemptId));
  return {
    feature: start.feature,
    lifeOf: (_ctx, { params }) => lifeOf(params, deps.lifeSeconds),
    async findAccount(ctx, id, token) {
      // At the exchange the account and its line must still be what they were at the approval (A52, X119).
      const isRedeemed = token?.kind === 'BackchannelAuthenticationRequest';
      if (isRedeemed && !(await backchannel.mayRedeem({ issuer, requestHash: hashId(token.jti) }))) return undefined;
      return await start.findAccount(ctx, id, token);
    },
    install(provider) {
      pollPolitely(provider, { ...deps, deliver, closing: closing.signal });
      enqueuePings(provider, deps.enqueuePing);
      return [tellNoUserCode, speakAsCiba, createCancel(provider, { ...deps, deliver })];
    },
    sweep: () => delivery.sweep(),
    endWaits: () => closing.abort(),
  };
}

function resolverOf({ country, subjects, provider, hints: tokens }: CibaDeps): CibaStartDeps['resolveHint'] {
  const hints: HintDeps = {
    country,
    tokens,
    // The library has verified it before; here it is only read (CIBA Core 7.1).
    async subjectOfIdToken(idToken, client) {
      const { payload } = await provider().IdToken.validate(idToken, client);
      return typeof payload['sub'] === 'string' ? payload['sub'] : undefined;
    },
    accountOfSubject: (subject, client) => subjects.accountOf(client, subject),
  };
  return async ({ oidc: { client } }, kind, value) =>
    client === undefined ? { kind: 'malformed' } : await resolveHint(hints, { kind, value, client });
}
