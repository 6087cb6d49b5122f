// The resource APIs: one table of routes; each call is token, scope, level, input, use case, answer, in this order.
// Mounted so that it sees `/api/…`. Answers everything below, errors included.
import Router, { type RouterMiddleware } from '@koa/router';
import type Koa from 'koa';
import type { IdempotentAnswers } from '../customer/idempotent-answers.ts';
import { AppError } from '../errors.ts';
import type { Log } from '../ops/log.ts';
import { accountRoutes } from './account.ts';
import { addressRoutes } from './account-addresses.ts';
import { bankRoutes } from './account-bank.ts';
import { contactRoutes } from './account-contacts.ts';
import { sessionRoutes } from './account-sessions.ts';
import { attachmentRoutes } from './attachments.ts';
import { billingRoutes } from './billing.ts';
import { codeRoutes } from './confirmation-codes.ts';
import { consentRoutes } from './consents.ts';
import { contractRoutes } from './contracts.ts';
import { diagnosticRoutes } from './diagnostics.ts';
import { helpRoutes } from './help.ts';
import { localeOf, readFlowCookie, readInput, readParams, readQuery, setFlowCookie } from './input.ts';
import { lineRoutes } from './lines.ts';
import { mailboxRoutes } from './mailboxes.ts';
import { mobileConnectRoutes } from './mobile-connect.ts';
import { notificationRoutes } from './notifications.ts';
import { offerRoutes } from './offers.ts';
import { openAccountRoutes } from './open-accounts.ts';
import { openApiRoutes } from './openapi.ts';
import { orderRoutes } from './orders.ts';
import { passwordRoutes } from './passwords.ts';
import { paymentRoutes } from './payments.ts';
import { pinResetRoutes } from './pin-resets.ts';
import { presentedToken } from './presented-token.ts';
import { answerProblems, ScopeError } from './problems.ts';
import { metadataAddress } from './protected-resource.ts';
import { purchaseRoutes } from './purchases.ts';
import { registrationRoutes } from './registrations.ts';
import {
  type ApiAnswer,
  type ApiCall,
  type ApiContext,
  type ApiRoute,
  type ApiToken,
  isOpen,
  type OpenRoute,
  type Route,
  type TokenPresentation,
} from './route-types.ts';
import { simOrderRoutes } from './sim-orders.ts';
import { requireLevel } from './step-up.ts';
import { requireStrong } from './strong-level.ts';
import { usageRoutes } from './usage.ts';
import { withWait } from './waiting.ts';

export interface ApiDeps extends ApiContext {
  /** The provider's own verifier. Throws AppError `invalid_token`, `invalid_dpop_proof` or `use_dpop_nonce`. */
  readonly verifyAccessToken: (token: string, presented: TokenPresentation) => Promise<ApiToken>;
  /** Requests of one address to routes without a token; resolves to the seconds to wait, or undefined. */
  readonly takeOpen: (address: string) => Promise<number | undefined>;
  readonly answered: IdempotentAnswers;
  /** Aborted when the server stops: whoever waits for news is answered. */
  readonly closing?: AbortSignal | undefined;
  readonly randomBytes: (size: number) => Buffer;
  readonly log: Log;
}

/** Every endpoint there is, with the document that describes them. */
export function apiRoutes(context: ApiContext): Route[] {
  const routes = [
    ...accountRoutes(context),
    ...contactRoutes(context),
    ...addressRoutes(context),
    ...bankRoutes(context),
    ...sessionRoutes(context),
    ...consentRoutes(context),
    ...contractRoutes(context),
    ...attachmentRoutes(context),
    ...lineRoutes(context),
    ...simOrderRoutes(context),
    ...diagnosticRoutes(context),
    ...mailboxRoutes(context),
    ...mobileConnectRoutes(context),
    ...offerRoutes(context),
    ...orderRoutes(context),
    ...purchaseRoutes(context),
    ...billingRoutes(context),
    ...notificationRoutes(context),
    ...helpRoutes(context),
    ...usageRoutes(context),
    ...openAccountRoutes(context),
    ...passwordRoutes(context),
    ...paymentRoutes(context),
    ...pinResetRoutes(context),
    ...registrationRoutes(context),
  ];
  const withCodes = [...routes, ...codeRoutes(context, routes)];
  return [...withCodes, ...openApiRoutes(context, withCodes)];
}

/** Builds the middleware of a table for one issuer. */
export function createRouter(deps: ApiDeps, routes: readonly Route[]): Koa.Middleware {
  const router = new Router({ prefix: '/api' });
  for (const route of routes) {
    router.register(route.path, [route.method], isOpen(route) ? openEndpoint(deps, route) : endpoint(deps, route));
  }
  const serve = router.routes();
  const guard = answerProblems({ log: deps.log, metadata: metadataAddress(deps.issuer) });
  const refuse = (ctx: Koa.Context): never => {
    const methods = router.match(ctx.path, ctx.method).path.flatMap((layer) => layer.methods);
    if (methods.length === 0) throw new AppError('not_found');
    ctx.set('Allow', methods.join(', '));
    throw new AppError('method_not_allowed');
  };
  return async (ctx) => {
    ctx.set('Cache-Control', 'no-store');
    await guard(ctx, async () => {
      await Reflect.apply(serve, undefined, [ctx, async () => refuse(ctx)]);
    });
  };
}

function endpoint(deps: ApiDeps, route: ApiRoute): RouterMiddleware {
  return async (ctx) => {
    const { value, presented } = presentedToken(ctx, deps.issuer);
    const token = await deps.verifyAccessToken(value, presented);
    if (!token.scopes.has(route.scope)) throw new ScopeError(route.scope);
    await requireLevel(deps, route.level, token);
    const params = readParams(ctx);
    const idempotencyKey = route.idempotent ? idempotencyKeyOf(ctx) : undefined;
    const call: ApiCall = {
      ...{ token, params, query: readQuery(ctx, route), input: await readInput(ctx, route) },
      ...{ address: addressOf(ctx), locale: localeOf(ctx, deps.language), idempotencyKey },
      ifMatch: ctx.get('If-Match') || undefined,
      accepts: (types) => ctx.accepts([...types]) || undefined,
    };
    if (route.level === 'M*' || route.needsStrong?.(call.input) === true)
      await requireStrong(deps, { route, call, code: ctx.get('Confirmation-Code') });
    if (idempotencyKey === undefined) {
      const given = await withWait(ctx, deps.closing, (wait) => route.handle({ ...call, wait }));
      return answer(ctx, route, given);
    }
    const { accountId } = token;
    const request = JSON.stringify([params, call.input]);
    const claim = { owner: `${accountId} ${route.method} ${route.path}`, key: idempotencyKey, request };
    answer(ctx, route, await deps.answered.once(claim, () => route.handle(call)));
  };
}

function openEndpoint(deps: ApiDeps, route: OpenRoute): RouterMiddleware {
  return async (ctx) => {
    const address = addressOf(ctx);
    if (route.signed) return await signedCall(deps, route, { ctx, address });
    await takeOpen(deps, address);
    const params = readParams(ctx);
    const call = { params, query: readQuery(ctx, route), input: await readInput(ctx, route), address };
    const { browser, ...given } = await route.handle({
      ...call,
      locale: localeOf(ctx, deps.language),
      browser: readFlowCookie(ctx),
    });
    if (browser !== undefined) setFlowCookie(ctx, browser);
    answer(ctx, route, given);
  };
}

async function takeOpen({ takeOpen: take }: ApiDeps, address: string): Promise<void> {
  const retryAfterSeconds = await take(address);
  if (retryAfterSeconds !== undefined) throw new AppError('too_many_requests', { retryAfterSeconds });
}

/** A system that sends much is not held up; one that sends what is refused is, like anybody. */
async function signedCall(
  deps: ApiDeps,
  route: OpenRoute,
  { ctx, address }: { ctx: Parameters<RouterMiddleware>[0]; address: string },
): Promise<void> {
  try {
    const call = { params: readParams(ctx), query: readQuery(ctx, route), input: await readInput(ctx, route), address };
    const raw = { body: ctx.request.rawBody, header: (name: string) => ctx.get(name) };
    const { browser: _none, ...given } = await route.handle({
      ...call,
      raw,
      locale: localeOf(ctx, deps.language),
      browser: undefined,
    });
    answer(ctx, route, given);
  } catch (error) {
    if (error instanceof AppError && error.status < 500) await takeOpen(deps, address);
    throw error;
  }
}

function answer(ctx: Koa.Context, { answers }: Pick<Route, 'answers'>, { status, body, headers }: ApiAnswer): void {
  ctx.set({ ...headers });
  ctx.status = status ?? (body === undefined ? 204 : 200);
  if (body !== undefined) ctx.body = body;
  // What the caller has already, by its ETag.
  if (304 in answers && ctx.fresh) ctx.status = 304;
}

// The outer app has freed it of headers that strangers sent; alone, this router knows only its peer.
function addressOf(ctx: Koa.Context): string {
  const known: unknown = ctx.state['address'];
  return typeof known === 'string' ? known : ctx.ip;
}

const keyForm = /^[\x21-\x7e]{1,64}$/;

function idempotencyKeyOf(ctx: Koa.Context): string {
  const key = ctx.get('Idempotency-Key');
  if (!keyForm.test(key)) throw new AppError('idempotency_key_missing');
  return key;
}
