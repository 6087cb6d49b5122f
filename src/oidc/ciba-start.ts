// The beginning of a request without a browser, as hooks of the library: the hint becomes a customer or nobody, the
// request is stored, the phone rings, and the answer is the same whoever was meant (decisions 18 and 39).
import {
  type Account,
  type CIBAEnabledConfiguration,
  type Client,
  errors,
  type FindAccount,
  type KoaContextWithOIDC,
} from 'oidc-provider';
import type { Backchannel, BackchannelRequest, Callee, Whom } from '../authentication/backchannel.ts';
import { proofedFor } from '../authentication/civil-identity.ts';
import { hashId } from './adapter.ts';
import {
  bindingMessageOf,
  checkRequest,
  cibaRequirement,
  lifeOf,
  nameOf,
  nobodyRung,
  phonesUnreachable,
  tooManyRequests,
} from './ciba-request.ts';
import type { HintKind, ResolvedHint } from './hints.ts';
import { proofingOfAccount } from './interaction-policy.ts';
import { settingsOf } from './profiles.ts';
import { tellOutage } from './store-outages.ts';

export interface CibaStartDeps {
  readonly issuer: string;
  readonly brand: string;
  readonly backchannel: Pick<Backchannel, 'canRing' | 'limit' | 'find' | 'begin'>;
  readonly resolveHint: (ctx: KoaContextWithOIDC, kind: HintKind, value: string) => Promise<ResolvedHint>;
  /** The accounts as tokens know them; its answer decides nothing that the client hears. */
  readonly findAccount: FindAccount;
  readonly lifeSeconds: number;
}

/** Seconds between two polls, unless they were too fast (CIBA Core 7.3). */
export const pollIntervalSeconds = 5;

// The library wants an account of every request; a decoy has this one, which never gets a token.
const nobody = 'nobody';

interface Found {
  readonly callee: Callee;
  readonly hint: HintKind;
  /** The client may hear that this customer cannot be rung. */
  readonly reveal: boolean;
}

export interface CibaStart {
  readonly feature: CIBAEnabledConfiguration;
  /** For the library's `findAccount`: at the backchannel endpoint everybody is somebody. */
  readonly findAccount: FindAccount;
}

/** Makes the hooks. */
export function createCibaStart(deps: CibaStartDeps): CibaStart {
  const asked = new WeakMap<KoaContextWithOIDC, Found>();
  const resolve = async (ctx: KoaContextWithOIDC, kind: HintKind, value = ''): Promise<string> => {
    const found = { ...(await tellOutage(() => findCallee(deps, ctx, { kind, value }))), hint: kind };
    asked.set(ctx, found);
    return found.callee.accountId ?? nobody;
  };
  return {
    feature: {
      enabled: true,
      deliveryModes: ['poll', 'ping'],
      validateRequestContext(ctx) {
        checkRequest(ctx, clientOf(ctx));
        // Said for every customer alike, before one is looked up (decisions 39).
        if (!deps.backchannel.canRing()) throw phonesUnreachable(ctx);
      },
      validateBindingMessage: (ctx) => void bindingMessageOf(clientOf(ctx), ctx.oidc.params),
      processLoginHint: (ctx, hint) => resolve(ctx, 'login_hint', hint),
      processLoginHintToken: (ctx, token) => resolve(ctx, 'login_hint_token', token),
      // Refused with the other parameters; nothing of it is ever stored.
      verifyUserCode() {},
      async triggerAuthenticationDevice(ctx, request, _account, client) {
        const found = asked.get(ctx);
        if (found === undefined) throw new Error('a request without a customer');
        try {
          const begun = await deps.backchannel.begin(requestOf(deps, { ctx, client, found, requestId: request.jti }));
          if (begun.notRung !== undefined) throw nobodyRung(client, begun.notRung);
          Object.assign(bodyOf(ctx), { interval: pollIntervalSeconds, reference_code: begun.referenceCode });
        } catch (cause) {
          // What nobody was asked for must not be approvable (oidc.md 1.3, 9).
          await request.destroy();
          throw cause;
        }
      },
    },
    async findAccount(ctx, id, token) {
      if (ctx.oidc?.route !== 'backchannel_authentication') return await deps.findAccount(ctx, id, token);
      const idToken = ctx.oidc.params?.['id_token_hint'];
      const accountId = typeof idToken === 'string' ? await resolve(ctx, 'id_token_hint', idToken) : id;
      return placeholder(accountId);
    },
  };
}

function placeholder(accountId: string): Account {
  return { accountId, claims: () => ({ sub: accountId }) };
}

async function findCallee(
  deps: CibaStartDeps,
  ctx: KoaContextWithOIDC,
  { kind, value }: { kind: HintKind; value: string },
): Promise<Omit<Found, 'hint'>> {
  const { backchannel, brand } = deps;
  const client = clientOf(ctx);
  const whom = whomOf(await deps.resolveHint(ctx, kind, value), kind);
  const retryAfterSeconds = await backchannel.limit(client.clientId, whom);
  if (retryAfterSeconds !== undefined) throw tooManyRequests(ctx, retryAfterSeconds);
  const callee = await backchannel.find(brand, whom);
  // Whose identity was not proofed as far as is asked cannot give it, whatever happens on the phone.
  const account = await deps.findAccount(ctx, callee.accountId ?? nobody);
  const requirement = cibaRequirement(client, ctx.oidc.params);
  const able = requirement.kind === 'possible' && proofedFor(proofingOfAccount(account), requirement.proofing);
  // An address is no number, and somebody whose identity falls short is neither unknown nor without the service.
  const reveal = settingsOf(client).revealEnrolment && whom.kind !== 'email' && (account === undefined || able);
  if (account !== undefined && able) return { callee, reveal };
  return { callee: { ...callee, accountId: undefined, target: undefined }, reveal };
}

function whomOf(hint: ResolvedHint, kind: HintKind): Whom {
  switch (hint.kind) {
    case 'identifier':
      return { kind: hint.identifier.kind, value: hint.identifier.value };
    case 'account':
      return { kind: 'account', value: hint.accountId };
    case 'expired':
      throw new errors.ExpiredLoginHintToken(`${kind} has expired or was used before`);
    default:
      throw new errors.InvalidRequest(`${kind} cannot be read`);
  }
}

function requestOf(
  deps: CibaStartDeps,
  about: { ctx: KoaContextWithOIDC; client: Client; found: Found; requestId: string },
): BackchannelRequest {
  const { ctx, client, found, requestId } = about;
  const { params } = ctx.oidc;
  const requirement = cibaRequirement(client, params);
  if (requirement.kind === 'impossible') throw new Error('a level that was refused before');
  const { confirmation, showsReferenceCode } = settingsOf(client);
  return {
    key: { issuer: deps.issuer, requestHash: hashId(requestId) },
    requestId,
    callee: found.callee,
    hint: found.hint,
    brand: deps.brand,
    client: { id: client.clientId, name: nameOf(client), confirmation, showsCode: showsReferenceCode },
    wanted: requirement.wanted === 'sim-ok' ? 'sim-ok' : 'sim-pin',
    least: requirement.least === 'sim-pin' ? 'sim-pin' : 'sim-ok',
    message: bindingMessageOf(client, params),
    lifeSeconds: lifeOf(params, deps.lifeSeconds),
    intervalSeconds: pollIntervalSeconds,
    reveal: found.reveal ? true : undefined,
  };
}

function clientOf({ oidc }: KoaContextWithOIDC): Client {
  if (oidc.client === undefined) throw new errors.InvalidClient();
  return oidc.client;
}

function bodyOf({ body }: KoaContextWithOIDC): object {
  if (typeof body !== 'object' || body === null) throw new Error('the library has no answer yet');
  return body;
}
