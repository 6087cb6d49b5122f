// AppError → problem document (RFC 9457) and Bearer challenge (RFC 6750, RFC 9470). Edge 2 of 3.
import type Koa from 'koa';
import type { z } from 'zod';
import { AppError, type ErrorCode, errorCatalogue } from '../errors.ts';
import type { Log } from '../ops/log.ts';
import { toAppError } from '../ops/outages.ts';

/** A field of the body that was not right. */
export interface FieldProblem {
  readonly field: string;
  readonly problem: string;
}

/** The body does not fit; tells every field at once. */
export class InputError extends AppError {
  readonly fields: readonly FieldProblem[];

  constructor(fields: readonly FieldProblem[]) {
    super('validation');
    this.fields = fields;
  }
}

/** The same from what a schema found. */
export function inputErrorOf({ issues }: z.ZodError): InputError {
  return new InputError(issues.map(({ path, message }) => ({ field: path.join('.'), problem: message })));
}

/** The user must authenticate again: which acr values would do, and how fresh (RFC 9470). */
export class StepUpError extends AppError {
  readonly acrValues: string;
  readonly maxAgeSeconds: number | undefined;

  constructor(acrValues: string, maxAgeSeconds: number | undefined) {
    super('insufficient_user_authentication');
    this.acrValues = acrValues;
    this.maxAgeSeconds = maxAgeSeconds;
  }
}

/** Mobile Connect is needed, and its lock or hold ends at this time. */
export class UnavailableUntilError extends AppError {
  readonly availableAt: Date;

  constructor(availableAt: Date) {
    super('mc_temporarily_unavailable');
    this.availableAt = availableAt;
  }
}

/** Refused for a reason that the caller may know, in one word. */
export class ReasonError extends AppError {
  readonly reason: string;

  constructor(code: ErrorCode, reason: string) {
    super(code);
    this.reason = reason;
  }
}

/** The token lacks the scope. */
export class ScopeError extends AppError {
  readonly scope: string;

  constructor(scope: string) {
    super('insufficient_scope');
    this.scope = scope;
  }
}

/** No token came at all: the challenge then names no error (RFC 6750 3.1). */
export class NoTokenError extends AppError {
  constructor() {
    super('invalid_token', { detail: 'no token' });
  }
}

export interface ProblemDeps {
  readonly log: Log;
  /** Where a client without a token learns how to get one (RFC 9728). */
  readonly metadata: string;
}

/** Turns what is thrown below into an answer; what is no AppError is logged and becomes a bare 500, or 503. */
export function answerProblems({ log, metadata }: ProblemDeps): Koa.Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (thrown) {
      const error = toAppError(thrown);
      const { code, detail, cause } = error;
      log[errorCatalogue[code].log]({ trace: ctx.state['trace'], error: code, detail, err: cause }, 'request refused');
      show(ctx, error, metadata);
    }
  };
}

function show(ctx: Koa.Context, error: AppError, metadata: string): void {
  const { code, status, retryAfterSeconds } = error;
  const challenges = challengesOf(error, /^dpop(?: |$)/i.test(ctx.get('Authorization')) ? 'DPoP' : 'Bearer');
  const header = challenges.map((one) => written(one, metadata));
  if (header.length > 0) ctx.set('WWW-Authenticate', header);
  if (retryAfterSeconds !== undefined) ctx.set('Retry-After', String(retryAfterSeconds));
  ctx.status = status;
  ctx.body = {
    type: 'about:blank',
    title: errorCatalogue[code].meaning,
    status,
    code,
    trace: ctx.state['trace'],
    ...(error instanceof InputError ? { fields: error.fields } : undefined),
    ...(error instanceof ReasonError ? { reason: error.reason } : undefined),
    ...(error instanceof UnavailableUntilError ? { availableAt: error.availableAt } : undefined),
  };
  ctx.type = 'application/problem+json';
}

type Scheme = 'Bearer' | 'DPoP';

/** Algorithms of DPoP proofs, as discovery lists them. */
export const proofAlgorithms = 'ES256 PS256 EdDSA Ed25519';

interface Challenge {
  readonly scheme: Scheme;
  readonly parameters: Readonly<Record<string, string | number | undefined>>;
}

function challengesOf(error: AppError, scheme: Scheme): Challenge[] {
  // Both ways in; which one a token needs is known to the client that asked for it (RFC 9449, 7.1).
  if (error instanceof NoTokenError)
    return (['Bearer', 'DPoP'] as const).map((one) => ({ scheme: one, parameters: {} }));
  if (error instanceof ScopeError) {
    return [{ scheme, parameters: { error: 'insufficient_scope', scope: error.scope } }];
  }
  if (error instanceof StepUpError) {
    const parameters = {
      error: 'insufficient_user_authentication',
      error_description: errorCatalogue.insufficient_user_authentication.meaning,
      acr_values: error.acrValues,
      max_age: error.maxAgeSeconds,
    };
    return [{ scheme, parameters }];
  }
  const { code } = error;
  if (code === 'invalid_dpop_proof' || code === 'use_dpop_nonce')
    return [{ scheme: 'DPoP', parameters: { error: code } }];
  return code === 'invalid_token' ? [{ scheme, parameters: { error: code } }] : [];
}

function written({ scheme, parameters }: Challenge, metadata: string): string {
  const all = {
    ...parameters,
    ...(scheme === 'DPoP' ? { algs: proofAlgorithms } : {}),
    resource_metadata: metadata,
  };
  const pairs = Object.entries(all).filter(([, value]) => value !== undefined);
  return `${scheme} ${pairs.map(([name, value]) => `${name}="${value}"`).join(', ')}`;
}
