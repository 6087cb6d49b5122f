// Gives the result of a request without a browser to the library, once it is decided: by its id and loaded afresh
// (decisions 16). What a crash interrupts is done again and comes to the same: the grant's id follows from the request.
import { createHash } from 'node:crypto';
import { errors, type Provider } from 'oidc-provider';
import type { Backchannel, BackchannelResult } from '../authentication/backchannel.ts';
import { proofedFor } from '../authentication/civil-identity.ts';
import type { Log } from '../ops/log.ts';
import { findAccountHolder } from '../storage/accounts.ts';
import { acrFor, amrOf } from './acr.ts';
import { cibaRequirement } from './ciba-request.ts';
import { type GrantDeps, grantWithoutPage } from './grants.ts';
import { proofingOf } from './identity-claims.ts';
import { settingsOf } from './profiles.ts';
import { apiScopes, scopeList } from './scopes.ts';

export interface CibaDeliveryDeps {
  readonly issuer: string;
  readonly backchannel: Pick<Backchannel, 'decide' | 'delivered' | 'undelivered'>;
  readonly grants: GrantDeps;
  /** The provider of this moment. */
  readonly provider: () => Provider;
  readonly log: Log;
}

export interface CibaDelivery {
  /** Delivers the result of this attempt, if there is one and nobody else is at it. */
  deliver(attemptId: string): Promise<void>;
  /** The same for all that nobody has asked for, or that a crash has left behind. */
  sweep(): Promise<void>;
}

/** Makes the delivery of one issuer. */
export function createCibaDelivery(deps: CibaDeliveryDeps): CibaDelivery {
  const { backchannel, issuer, log } = deps;
  const deliver = async (attemptId: string): Promise<void> => {
    const result = await backchannel.decide(attemptId);
    if (result === undefined) return;
    await give(deps, result);
    await backchannel.delivered(attemptId);
  };
  return {
    deliver,
    async sweep() {
      for (const attemptId of await backchannel.undelivered(issuer)) {
        await deliver(attemptId).catch((err: unknown) => log.error({ err, attemptId }, 'a result was not delivered'));
      }
    },
  };
}

type StoredRequest = InstanceType<Provider['BackchannelAuthenticationRequest']>;
type RegisteredClient = InstanceType<Provider['Client']>;

async function give(deps: CibaDeliveryDeps, result: BackchannelResult): Promise<void> {
  const provider = deps.provider();
  const id = result.requestId;
  const request = await provider.BackchannelAuthenticationRequest.find(id, { ignoreExpiration: true });
  const client = await provider.Client.find(result.clientId);
  // Nobody is left to tell.
  if (request === undefined || client === undefined || request.consumed) return;
  switch (result.outcome) {
    case 'expired':
      // The stored request stays as it is: it answers `expired_token` as often as it is asked (ciba-polls.ts).
      return await tellOfExpiry(request, client);
    case 'refused':
      return await provider.backchannelResult(id, new errors.AccessDenied());
    default:
      if (request.isExpired) return;
      return await approve(deps, { provider, request, client, result });
  }
}

// Not required of us, but a client that waits for the ping then need not wait for its own clock (CIBA Core 10.2).
async function tellOfExpiry(request: StoredRequest, client: RegisteredClient): Promise<void> {
  const ping: unknown = Reflect.get(client, 'backchannelPing');
  if (client.backchannelTokenDeliveryMode === 'ping' && typeof ping === 'function') {
    await Reflect.apply(ping, client, [request]);
  }
}

interface Approval {
  readonly provider: Provider;
  readonly request: StoredRequest;
  readonly client: RegisteredClient;
  readonly result: Extract<BackchannelResult, { outcome: 'approved' }>;
}

async function approve(deps: CibaDeliveryDeps, { provider, request, client, result }: Approval): Promise<void> {
  const { accountId, level, authTime } = result;
  const holder = await findAccountHolder(deps.grants.database.db, accountId);
  const requirement = cibaRequirement(client, request.params);
  if (holder === undefined || requirement.kind === 'impossible') throw new Error('an approval of nobody');
  const proofing = proofingOf(holder);
  // Asked before anybody was rung, and again: the operator may have taken the identity back meanwhile (O17).
  if (!proofedFor(proofing, requirement.proofing)) {
    const why = 'the identity is not proofed as far as was asked';
    return await provider.backchannelResult(result.requestId, new errors.UnmetAuthenticationRequirements(why));
  }
  const { vocabulary, amrKind } = settingsOf(client);
  const grantId = await grantWithoutPage(deps.grants, provider.Grant, {
    id: createHash('sha256').update(`grant ${result.requestId}`).digest('base64url'),
    client,
    account: holder,
    asked: askedOf(request),
  });
  await provider.backchannelResult(result.requestId, grantId, {
    acr: acrFor({ level, proofing }, vocabulary, requirement.requested),
    amr: amrOf(amrKind, level),
    authTime,
  });
}

function askedOf({ scope, claims, resource }: StoredRequest) {
  const scopes = scopeList(scope);
  const forApis = scopes.filter((one) => apiScopes.includes(one));
  const resources = [resource ?? []].flat();
  return {
    scopes: scopes.filter((one) => !apiScopes.includes(one)),
    claims: [...Object.keys(claims?.id_token ?? {}), ...Object.keys(claims?.userinfo ?? {})],
    resources: Object.fromEntries(resources.map((one) => [one, forApis])),
  };
}
