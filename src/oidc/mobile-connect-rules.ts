// The parameters of an authorization request in each Mobile Connect profile: who must send what, which values count,
// and the literal answer to each fault (design: mobile-connect.md 1.2 and 1.5). The order of the rows is the order of
// the checks. Data and predicates, pure; docs/decisions/012 says which variant was chosen where there are several.
import { composeMessage, fitOfMessage } from '../authentication/request-message.ts';
import { isKnownScope, isOperation, type MobileConnectProfile } from './mobile-connect-scopes.ts';

/**
 * `operation`: mandatory where the scope approves an operation or opens identity data, else optional · `unknown`: not
 * a parameter of this version, left out unread · `refused`: known, and not offered.
 */
export type Need = 'mandatory' | 'operation' | 'optional' | 'unknown' | 'refused';

export interface FaultAnswer {
  readonly error: 'invalid_request' | 'invalid_scope' | 'unauthorized_client';
  readonly description: string;
}

/** What a value may be judged by, besides itself. */
export interface Judged {
  readonly profile: MobileConnectProfile;
  readonly clientName: string;
  /** Scopes that the client may not ask for. */
  readonly forbidden: (scope: string) => boolean;
  readonly parameter: (name: string) => string | undefined;
}

export interface ParameterRule {
  readonly name: string;
  readonly need: Readonly<Record<MobileConnectProfile, Need>>;
  readonly accepts: (value: string, judged: Judged) => boolean;
  /** For a value that is not accepted; an empty one too, unless `accepts` takes it. */
  readonly bad: FaultAnswer;
  /** Where a missing value is answered with something else. */
  readonly missing?: FaultAnswer;
}

/** For a hint that cannot be read, whatever kind it is. */
export const badHint = 'Invalid value for login_hint or login_hint_token';

const inAll = (need: Need) => needs(need, need, need);
const unchecked = () => true;

/** The rows, in the order in which they are checked. redirect_uri and client_id have been looked at before. */
export const parameterRules: readonly ParameterRule[] = [
  {
    name: 'response_type',
    need: inAll('mandatory'),
    accepts: (value) => value === 'code',
    bad: invalid('MANDATORY parameter response_type is missing or value is invalid'),
  },
  {
    name: 'scope',
    need: inAll('mandatory'),
    accepts: isScope,
    missing: invalid('MANDATORY parameter scope is missing'),
    bad: { error: 'invalid_scope', description: 'The scope value is invalid' },
  },
  {
    name: 'version',
    need: needs('unknown', 'mandatory', 'mandatory'),
    // Read before the rows: it chooses the profile that they are taken from.
    accepts: unchecked,
    bad: invalid('MANDATORY parameter version is missing / invalid.'),
  },
  {
    name: 'state',
    need: inAll('mandatory'),
    accepts: (value) => isOpaque(value, 2_048),
    bad: invalid('RECOMMENDED parameter state is invalid'),
  },
  {
    name: 'nonce',
    need: inAll('mandatory'),
    accepts: (value) => isOpaque(value, 1_024),
    bad: invalid('MANDATORY parameter nonce is missing (or) invalid.'),
  },
  {
    name: 'login_hint',
    need: inAll('optional'),
    accepts: (value) => loginHint.test(value),
    bad: invalid(badHint),
  },
  {
    name: 'login_hint_token',
    need: needs('unknown', 'optional', 'optional'),
    accepts: (value) => compactJwt.test(value),
    bad: invalid(badHint),
  },
  {
    name: 'display',
    need: inAll('optional'),
    accepts: (value) => ['page', 'popup', 'pop-up', 'touch', 'wap'].includes(value),
    bad: invalid('Invalid display value.'),
  },
  { name: 'prompt', need: inAll('optional'), accepts: isPrompt, bad: invalid('Prompt value is invalid') },
  {
    name: 'acr_values',
    need: inAll('mandatory'),
    accepts: isAcr,
    bad: invalid('MANDATORY parameter acr_values are missing or invalid values.'),
  },
  {
    name: 'max_age',
    need: inAll('optional'),
    accepts: (value) => /^\d{1,9}$/.test(value),
    bad: invalid('Invalid max_age value'),
  },
  {
    name: 'claims',
    need: needs('unknown', 'optional', 'optional'),
    accepts: isClaims,
    // The comma stands in the document.
    bad: invalid('claims value is invalid,'),
  },
  {
    name: 'response_mode',
    need: needs('unknown', 'unknown', 'optional'),
    accepts: (value) => ['query', 'form_post'].includes(value),
    bad: invalid('response_mode contains same as response_type (or) invalid'),
  },
  {
    name: 'correlation_id',
    need: needs('unknown', 'optional', 'optional'),
    accepts: isCorrelationId,
    bad: invalid('Invalid correlation_id value.'),
  },
  {
    name: 'client_name',
    need: needs('unknown', 'operation', 'operation'),
    accepts: (value, { clientName }) => value === clientName,
    bad: invalid('Invalid client_name value'),
  },
  {
    name: 'binding_message',
    need: needs('unknown', 'optional', 'optional'),
    accepts: (value, { clientName }) => value === '' || fitOfMessage(clientName, value) === 'fits',
    bad: invalid('Invalid binding_message value'),
  },
  {
    name: 'context',
    need: needs('unknown', 'operation', 'operation'),
    accepts: isContext,
    missing: invalid('MANDATORY parameter context is missing'),
    bad: invalid('Invalid context value'),
  },
  {
    name: 'dtbs',
    need: needs('refused', 'unknown', 'unknown'),
    accepts: () => false,
    bad: invalid('dtbs is not supported: no signature with a key on the SIM is offered'),
  },
  // Never an error when the languages are not spoken.
  { name: 'ui_locales', need: inAll('optional'), accepts: unchecked, bad: invalid('Invalid ui_locales value') },
  { name: 'claims_locales', need: inAll('optional'), accepts: unchecked, bad: invalid('Invalid claims_locales value') },
];

// `mc_v1.1` asks a newer gateway for the older flow; one constant of the SDKs spells 2.0 with an underscore.
const older: Readonly<Record<string, MobileConnectProfile>> = {
  'mc_v1.1': 'mobile-connect-1.1',
  'mc_v2.0': 'mobile-connect-2.0',
  mc_v2_0: 'mobile-connect-2.0',
};

/** The versions that a client of each profile may name, and the profile that each of them means. */
export const versionsOf: Readonly<Record<MobileConnectProfile, Readonly<Record<string, MobileConnectProfile>>>> = {
  'mobile-connect-1.1': {},
  'mobile-connect-2.0': older,
  'mobile-connect-2.3': { ...older, 'mc_di_r2_v2.3': 'mobile-connect-2.3' },
};

/** A correlation id that may be echoed anywhere: header, address, form and JSON. */
export function isCorrelationId(value: string): boolean {
  return /^[A-Za-z0-9._~-]{1,128}$/.test(value);
}

function needs(first: Need, second: Need, third: Need): ParameterRule['need'] {
  return { 'mobile-connect-1.1': first, 'mobile-connect-2.0': second, 'mobile-connect-2.3': third };
}

function invalid(description: string): FaultAnswer {
  return { error: 'invalid_request', description };
}

const loginHint = /^(?:MSISDN:\+?[0-9]{5,15}|ENCR(?:YPTED)?_MSISDN:[\w.+/=|-]{16,4096}|PCR:[\w.~-]{1,255})$/;
const compactJwt = /^[\w-]{1,8192}(?:\.[\w-]{0,8192}){2,4}$/;

function isOpaque(value: string, most: number): boolean {
  return value !== '' && value.length <= most && value.isWellFormed() && !/\p{Cc}/u.test(value);
}

function isScope(value: string, { profile, forbidden }: Judged): boolean {
  if (!/^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(value)) return false;
  const scopes = value.split(' ');
  return scopes.includes('openid') && scopes.every((scope) => isKnownScope(profile, scope) && !forbidden(scope));
}

const prompts = ['none', 'login', 'consent', 'select_account', 'no_seam'];

function isPrompt(value: string, { profile }: Judged): boolean {
  const asked = value.split(' ');
  const known = asked.every((one) => prompts.includes(one) && (one !== 'no_seam' || profile !== 'mobile-connect-1.1'));
  return known && (asked.length === 1 || !asked.includes('none'));
}

// 1 to 4 are the levels of ISO 29115. The fourth alone could never be met.
function isAcr(value: string): boolean {
  const asked = value.split(' ');
  return asked.every((one) => /^[1-4]$/.test(one)) && asked.some((one) => one !== '4');
}

function isClaims(value: string): boolean {
  const claims = parseObject(value);
  if (claims === undefined) return false;
  const parts = ['userinfo', 'id_token', 'premiuminfo'].filter((name) => claims[name] !== undefined);
  return parts.length > 0 && parts.every((name) => isPlainObject(claims[name]));
}

function isContext(value: string, { clientName, parameter }: Judged): boolean {
  if (value === '') return !isOperation(parameter('scope')?.split(' ') ?? []);
  const bindingMessage = parameter('binding_message');
  // A binding that does not fit by itself is its own fault, not the context's.
  if (bindingMessage && fitOfMessage(clientName, bindingMessage) !== 'fits') return true;
  return fitOfMessage(clientName, composeMessage({ bindingMessage, context: value }) ?? '') === 'fits';
}

/** A JSON object, or undefined. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isPlainObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
