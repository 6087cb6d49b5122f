// What a request without a browser must look like (CIBA Core 7.1) and what it demands. All of it is checked before
// anybody is looked up, so that no refusal tells anything of a customer. Pure, but for headers on the answer.
import { type Client, errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { NotRung } from '../authentication/not-rung.ts';
import { fitOfMessage } from '../authentication/request-message.ts';
import { higher, type LevelRules, type Requirement, requirementOf } from './acr.ts';
import { acrRequestOf } from './interaction-policy.ts';
import { notRungWords } from './mobile-connect-answers.ts';
import { settingsOf } from './profiles.ts';
import { siProfile } from './server-initiated-metadata.ts';

/** Longest life of a request, in seconds (decisions 39). */
export const mostLifeSeconds = 300;

type Params = Readonly<Record<string, unknown>> | undefined;

/** Seconds that the request lives: what its client asked for, at most 300. Throws InvalidRequest. */
export function lifeOf(params: Params, defaultSeconds: number): number {
  const asked = params?.['requested_expiry'];
  if (asked === undefined) return defaultSeconds;
  // A number inside a signed request comes as its digits too.
  if (typeof asked !== 'string' || !/^[1-9][0-9]{0,15}$/.test(asked)) {
    throw new errors.InvalidRequest('requested_expiry must be a positive integer');
  }
  return Math.min(mostLifeSeconds, Number(asked));
}

/** What the request demands of the answer on the phone: always strict, and never less than an OK on the SIM. */
export function cibaRequirement(client: Client, params: Params): Requirement {
  const { levels } = settingsOf(client);
  const rules: LevelRules = { ...levels, strict: true, floor: higher('sim-ok', levels.floor) };
  return requirementOf(rules, acrRequestOf(params));
}

/** Checks everything that depends on the client and the parameters alone. Throws the library's errors. */
export function checkRequest(ctx: KoaContextWithOIDC, client: Client): void {
  const { params } = ctx.oidc;
  // 403: what this client may not do whoever the customer is (decisions 39).
  if (settingsOf(client).isHub)
    throw withStatus(403, new errors.AccessDenied('a hub sends its customers by the browser'));
  if (cibaRequirement(client, params).kind === 'impossible') {
    throw new errors.UnmetAuthenticationRequirements('none of the requested levels exists here');
  }
  lifeOf(params, mostLifeSeconds);
  if (params?.['user_code'] !== undefined) throw new errors.InvalidRequest('user_code is not supported');
}

// Invisible or turning the direction of what follows, unassigned, without a glyph, or the sign of something lost.
const unreadable = /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\ufffd]/u;

/**
 * The binding message as the phone will show it, letter for letter: any text that fits two SMS beside the client's
 * name (decisions 52). Throws InvalidBindingMessage; nothing is ever cut or replaced.
 */
export function bindingMessageOf(client: Client, params: Params): string | undefined {
  const given = params?.['binding_message'];
  if (given === undefined) return missing(client);
  if (typeof given !== 'string' || !given.isWellFormed()) return refuse('is not a text');
  const message = given.normalize('NFC');
  if (message.trim() === '') refuse('is empty');
  if (unreadable.test(message)) refuse('contains a character that cannot be seen');
  switch (fitOfMessage(nameOf(client), message)) {
    case 'too-long':
      return refuse('does not fit the screen of the phone, in whole');
    case 'unsupported-character':
      return refuse('contains a character that phones do not show');
    default:
      return message;
  }
}

/** What the phone calls the client. */
export function nameOf(client: Client): string {
  return client.clientName ?? client.clientId;
}

// FAPI-CIBA 5.2.2: something must tell this request from another; the reference code does, if the client shows it.
function missing(client: Client): undefined {
  const { profile, showsReferenceCode } = settingsOf(client);
  if (profile === 'fapi-2.0' && !showsReferenceCode) refuse('is required of this client');
}

function refuse(what: string): never {
  throw new errors.InvalidBindingMessage(`binding_message ${what}`);
}

/** 503, told alike for every customer, before one is looked up (decisions 39). */
export function phonesUnreachable(ctx: KoaContextWithOIDC): errors.OIDCProviderError {
  ctx.set('Retry-After', '5');
  return withStatus(503, new errors.TemporarilyUnavailable('phones cannot be reached at the moment'));
}

/** 429, with the seconds to wait. */
export function tooManyRequests(ctx: KoaContextWithOIDC, retryAfterSeconds: number): errors.OIDCProviderError {
  ctx.set('Retry-After', String(retryAfterSeconds));
  return withStatus(429, new errors.SlowDown('too many requests for this customer or by this client'));
}

/** For a client with `reveal_enrolment`: nobody's phone rings, and this is why. */
export function nobodyRung(client: Client, because: NotRung): errors.OIDCProviderError {
  if (because !== 'busy') return new errors.UnknownUserId('nobody is known here, or Mobile Connect is not active');
  if (settingsOf(client).profile !== siProfile) return withStatus(403, new errors.AccessDenied(notRungWords.busy));
  // The profile's own error (mobile-connect.md 1.9).
  return new errors.CustomOIDCProviderError(
    'authorization_error',
    'Previous authentication transaction is not finished',
  );
}

function withStatus(status: number, error: errors.OIDCProviderError): errors.OIDCProviderError {
  return Object.assign(error, { status, statusCode: status, expose: true });
}
