// `/discovery/v1/operator`, and `/discovery/v1/` for the programs of the GSMA: which operator serves a number or a
// network, where its endpoints are, and the number sealed for the next step. The numbering plan answers; no database
// is asked about a number, so that the answer cannot tell who is a customer (mobile-connect 1.10).
import type Koa from 'koa';
import type { Client } from 'oidc-provider';
import type { Country } from '../identifiers.ts';
import type { NumberingPlan, Operator } from '../ops/numbering-plan.ts';
import { authenticateClient, readFields, refuse } from './client-authentication.ts';
import type { HintTokens } from './hint-token.ts';
import { discoveryAnswer } from './operator-discovery-answer.ts';
import { type DiscoveryQuery, DiscoveryQueryError, readDiscoveryQuery } from './operator-discovery-query.ts';

/** The operators of this deployment, as the provider is told of them. */
export interface OperatorDirectory {
  readonly plan: NumberingPlan;
  /** The name that is shown for an operator's id. */
  readonly nameOf: (operatorId: string) => string;
}

export interface DiscoveryDeps extends OperatorDirectory {
  readonly issuer: string;
  /** The operator whose issuer this is. */
  readonly brand: string;
  readonly country: Country;
  readonly hints: HintTokens;
  readonly now: () => Date;
}

const ours = '/discovery/v1/operator';
const paths = new Set([ours, '/discovery/v1', '/discovery/v1/']);

/** Middleware of the provider. */
export function createDiscovery(deps: DiscoveryDeps): Koa.Middleware {
  return async (ctx, next) => {
    if (!paths.has(ctx.path)) return await next();
    const isPost = ctx.method === 'POST';
    // The programs of the GSMA may ask by GET; ours is a POST.
    if (!isPost && (ctx.method !== 'GET' || ctx.path === ours)) return await next();
    const body = isPost ? await readFields(ctx) : new URLSearchParams();
    if (body === undefined) {
      refuse(ctx, invalid('the body must be a form or a flat JSON object of at most 16 KB'));
      return;
    }
    const client = await authenticateClient(ctx, body, next);
    if (client === undefined) return;
    await answer(deps, ctx, { client, body });
  };
}

async function answer(
  deps: DiscoveryDeps,
  ctx: Koa.Context,
  { client, body }: { client: Client; body: URLSearchParams },
): Promise<void> {
  const query = readQuery(deps, ctx, body);
  if (query === undefined) return;
  const problem = problemOf(query, { client, needsSubject: ctx.path === ours });
  if (problem !== undefined) return refuse(ctx, invalid(problem));
  const operator = findOperator(deps, query);
  if (operator === undefined) {
    const description = 'no operator that is known here serves this number or network';
    return refuse(ctx, { status: 404, error: 'operator_not_found', description });
  }
  const { issuer, hints, nameOf, now } = deps;
  ctx.status = 200;
  ctx.set('Cache-Control', 'no-store');
  ctx.body = discoveryAnswer({
    issuer,
    operator,
    operatorName: nameOf(operator.id),
    client: { id: client.clientId, name: client.clientName ?? client.clientId },
    hints: query.msisdn === undefined ? undefined : await hints.issue(client.clientId, query.msisdn),
    correlationId: query.correlationId,
    now: now(),
  });
}

function readQuery({ country }: DiscoveryDeps, ctx: Koa.Context, body: URLSearchParams): DiscoveryQuery | undefined {
  try {
    return readDiscoveryQuery({ body, query: new URLSearchParams(ctx.querystring) }, country);
  } catch (cause) {
    if (!(cause instanceof DiscoveryQueryError)) throw cause;
    refuse(ctx, invalid(cause.message));
    return undefined;
  }
}

function problemOf(query: DiscoveryQuery, asked: { client: Client; needsSubject: boolean }): string | undefined {
  const { msisdn, network, redirectUri } = query;
  if (asked.needsSubject && msisdn === undefined && network === undefined) return 'msisdn, or mcc and mnc, is missing';
  if (redirectUri !== undefined && asked.client.redirectUris?.includes(redirectUri) !== true) {
    return 'redirect_uri is not one that the client has registered';
  }
  return undefined;
}

// Only operators whose issuer this is: of another one, neither endpoints nor keys are known here.
function findOperator({ plan, brand }: DiscoveryDeps, { msisdn, network }: DiscoveryQuery): Operator | undefined {
  const found =
    msisdn !== undefined
      ? plan.operatorOf(msisdn)
      : network !== undefined
        ? plan.operatorOfNetwork(network.mcc, network.mnc)
        : plan.operators.find(({ id }) => id === brand);
  return found?.id === brand ? found : undefined;
}

function invalid(description: string) {
  return { status: 400, error: 'invalid_request', description };
}
