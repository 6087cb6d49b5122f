// Checks an authorization request of a Mobile Connect client by the table of its profile, and puts what it asks for
// into the words that the library knows. Pure. The redirect URI was found good before; every fault goes back there.
import {
  type FaultAnswer,
  isCorrelationId,
  type Judged,
  type Need,
  type ParameterRule,
  parameterRules,
  parseObject,
  versionsOf,
} from './mobile-connect-rules.ts';
import { isOperation, type MobileConnectProfile } from './mobile-connect-scopes.ts';

/** What the check must know of the client. */
export interface CheckedClient {
  readonly profile: MobileConnectProfile;
  /** As registered; the phone shows it. */
  readonly name: string;
  /** Registered for the code flow. */
  readonly mayAuthorize: boolean;
  readonly forbidsScope: (scope: string) => boolean;
}

/** Why a request is refused: the answer and, for the developer, the rows. */
export interface RequestFault extends FaultAnswer {
  readonly row: string;
}

export type CheckedRequest =
  /** In the library's words. */
  | { readonly kind: 'accepted'; readonly parameters: URLSearchParams }
  /** With what may be echoed. */
  | { readonly kind: 'refused'; readonly fault: RequestFault; readonly parameters: URLSearchParams };

/** Checks a request as it came: the query string, or the body of a form. */
export function checkRequest(raw: string, method: 'GET' | 'POST', client: CheckedClient): CheckedRequest {
  const sent = new URLSearchParams(raw);
  const profile = profileOf(client.profile, sent.get('version'));
  const fault = wholeFault(raw, method, sent) ?? clientFault(client) ?? faultOf(sent, client, profile);
  if (fault !== undefined) return { kind: 'refused', fault, parameters: echoOf(sent, client, profile) };
  return { kind: 'accepted', parameters: inLibraryWords(sent, profile ?? client.profile) };
}

/** Checks the parameters of a pushed or signed request, which the library has already read. */
export function checkParameters(sent: URLSearchParams, client: CheckedClient): RequestFault | undefined {
  return faultOf(sent, client, profileOf(client.profile, sent.get('version')));
}

/** True if every `%` begins an octet, and the octets are UTF-8 without NUL. */
export function isSerialized(raw: string): boolean {
  try {
    return !decodeURIComponent(raw).includes('\0');
  } catch {
    return false;
  }
}

// The profile of the version that was named; undefined if it is none of the client's.
function profileOf(own: MobileConnectProfile, version: string | null): MobileConnectProfile | undefined {
  if (own === 'mobile-connect-1.1') return own;
  const known = versionsOf[own];
  return version !== null && Object.hasOwn(known, version) ? known[version] : undefined;
}

// What makes the rest unreadable is answered alone.
function wholeFault(raw: string, method: string, sent: URLSearchParams): RequestFault | undefined {
  if (!isSerialized(raw)) {
    const description = method === 'GET' ? 'GET request invalid serialization' : 'POST request Invalid serialization';
    return { error: 'invalid_request', description, row: 'serialization: not accepted' };
  }
  const [repeated] = [...sent.keys()].filter((name) => sent.getAll(name).length > 1);
  if (repeated !== undefined) {
    const description = 'Multiple parameter names in the authorization request. Malformed request';
    return { error: 'invalid_request', description, row: `${repeated.slice(0, 40)}: repeated` };
  }
  if (sent.has('login_hint') && sent.has('login_hint_token')) {
    const description = 'Malformed request, duplicate parameter entries';
    return { error: 'invalid_request', description, row: 'login_hint: repeated by login_hint_token' };
  }
  return undefined;
}

function clientFault({ mayAuthorize }: CheckedClient): RequestFault | undefined {
  if (mayAuthorize) return undefined;
  const description = 'The client is not authorized to request an authorization code';
  return { error: 'unauthorized_client', description, row: 'grant_types of the client: not allowed' };
}

function faultOf(
  sent: URLSearchParams,
  client: CheckedClient,
  profile: MobileConnectProfile | undefined,
): RequestFault | undefined {
  const faults = parameterRules.flatMap((rule) => {
    // Without a known version the client's own profile says what else is wrong.
    if (rule.name === 'version' && profile === undefined) return [faultOfRule(rule, sent.get('version'))];
    const fault = faultInRow(rule, sent, { client, profile: profile ?? client.profile });
    return fault === undefined ? [] : [fault];
  });
  const [first, second] = faults;
  if (second === undefined) return first;
  const description = 'Malformed request multiple problems exist';
  return { error: 'invalid_request', description, row: faults.map(({ row }) => row).join(', ') };
}

interface Row {
  readonly client: CheckedClient;
  readonly profile: MobileConnectProfile;
}

function faultInRow(rule: ParameterRule, sent: URLSearchParams, { client, profile }: Row): RequestFault | undefined {
  const value = valueIn(sent, rule.name);
  const need = needOf(rule.need[profile], sent);
  if (need === 'unknown') return undefined;
  if (value === null) return need === 'mandatory' ? faultOfRule(rule, null) : undefined;
  if (value === '' && need === 'mandatory') return faultOfRule(rule, value);
  const judged: Judged = {
    profile,
    clientName: client.name,
    forbidden: client.forbidsScope,
    parameter: (name) => sent.get(name) ?? undefined,
  };
  return rule.accepts(value, judged) ? undefined : faultOfRule(rule, value);
}

function needOf(need: Need, sent: URLSearchParams): Exclude<Need, 'operation'> {
  if (need !== 'operation') return need;
  return isOperation(sent.get('scope')?.split(' ') ?? []) ? 'mandatory' : 'optional';
}

function faultOfRule({ name, missing, bad }: ParameterRule, value: string | null): RequestFault {
  const isMissing = value === null || value === '';
  return { ...(isMissing ? (missing ?? bad) : bad), row: `${name}: ${isMissing ? 'missing' : 'not accepted'}` };
}

// The SDKs spell max_age with a hyphen; the right name counts where both were sent.
function valueIn(sent: URLSearchParams, name: string): string | null {
  return sent.get(name) ?? (name === 'max_age' ? sent.get('max-age') : null);
}

function inLibraryWords(sent: URLSearchParams, profile: MobileConnectProfile): URLSearchParams {
  const asked = new URLSearchParams(sent);
  const maxAge = valueIn(sent, 'max_age');
  if (maxAge !== null) asked.set('max_age', maxAge);
  asked.delete('max-age');
  for (const rule of parameterRules) if (rule.need[profile] === 'unknown') asked.delete(rule.name);
  replace(asked, 'prompt', promptInLibraryWords);
  replace(asked, 'claims', claimsInLibraryWords);
  return asked;
}

function replace(asked: URLSearchParams, name: string, change: (value: string) => string | undefined): void {
  const value = asked.get(name);
  if (value === null) return;
  const changed = change(value);
  if (changed === undefined) asked.delete(name);
  else asked.set(name, changed);
}

// Whoever may choose an account logs in anew. We never trust the network's word for who somebody is, which is all
// that `no_seam` asks.
function promptInLibraryWords(prompt: string): string | undefined {
  const words = prompt.split(' ').map((one) => (one === 'select_account' ? 'login' : one));
  return [...new Set(words)].filter((one) => one !== 'no_seam').join(' ') || undefined;
}

// What is asked of premiuminfo is answered by userinfo under that name.
function claimsInLibraryWords(claims: string): string {
  const { premiuminfo, ...rest } = parseObject(claims) ?? {};
  if (premiuminfo === undefined) return claims;
  return JSON.stringify({ ...rest, userinfo: { ...entriesOf(premiuminfo), ...entriesOf(rest['userinfo']) } });
}

function entriesOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

const echoed = ['client_id', 'redirect_uri'] as const;

// Of a refused request nothing goes on but what the answer needs.
function echoOf(
  sent: URLSearchParams,
  { profile: own }: CheckedClient,
  profile: MobileConnectProfile = own,
): URLSearchParams {
  const echo = new URLSearchParams({ response_type: 'code' });
  for (const name of echoed) echo.set(name, sent.get(name) ?? '');
  const single = (name: string) => (sent.getAll(name).length === 1 ? sent.get(name) : null);
  const state = single('state');
  if (state !== null && state.length <= 2_048) echo.set('state', state);
  const correlationId = profile === 'mobile-connect-1.1' ? null : single('correlation_id');
  if (correlationId !== null && isCorrelationId(correlationId)) echo.set('correlation_id', correlationId);
  if (profile === 'mobile-connect-2.3' && single('response_mode') === 'form_post')
    echo.set('response_mode', 'form_post');
  return echo;
}
