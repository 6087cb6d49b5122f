// Hints of a login in the browser that only we can read: taken when the request comes in, compared with a session, and
// where the login page begins. The number is shown masked, and stands in no address of ours.
import { type Client, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { type AccountId, type Country, type Email, type Msisdn, maskEmail, maskMsisdn } from '../identifiers.ts';
import type { KnownSubjects } from './hint-subjects.ts';
import type { HintTokens, OpenedHint } from './hint-token.ts';
import { parseLoginHint } from './login-hint.ts';
import { badHint } from './mobile-connect-rules.ts';
import { isDeviceInitiated } from './mobile-connect-scopes.ts';
import { settingsOf } from './profiles.ts';

/** Whom a hint names. */
export type HintedIdentifier =
  | { readonly kind: 'msisdn'; readonly value: Msisdn }
  | { readonly kind: 'email'; readonly value: Email };

export interface RedirectHintDeps {
  readonly country: Country;
  readonly tokens: HintTokens;
  readonly subjects: KnownSubjects;
  readonly subjectOf: (client: Client, accountId: string) => string;
  /** True if the identifier opens this account. */
  readonly opens: (identifier: HintedIdentifier, accountId: string) => Promise<boolean>;
  readonly numberOf: (accountId: AccountId) => Promise<Msisdn | undefined>;
}

/** Where a login begins for a hint whose number the browser's person may not know of. */
export interface HiddenHint {
  /** As it would be typed. */
  readonly identifier: string;
  readonly shown: string;
}

export type RequestParams = Readonly<Record<string, unknown>> | undefined;

export interface RedirectHints {
  /** Checks and uses up the hints of a new request. Throws InvalidRequest. */
  receive(ctx: KoaContextWithOIDC): Promise<void>;
  /** Does the hint of an accepted request name this account? Undefined: it has none. */
  names(params: RequestParams, about: { client: Client; accountId: string }): Promise<boolean | undefined>;
  /** What the login page may begin with, if the hint was a sealed or a pseudonymous one. */
  hidden(params: RequestParams, client: Client): Promise<HiddenHint | undefined>;
}

/** Prefix of an encrypted number, in the spellings that gateways list. */
export const encryptedPrefix = /^(?:ENCR_MSISDN|ENCRYPTED_MSISDN):/i;
/** Prefix of a pseudonymous customer reference. */
export const pcrPrefix = /^PCR:/i;

/** Makes the functions for the keys of this moment. */
export function createRedirectHints(deps: RedirectHintDeps): RedirectHints {
  return {
    receive: (ctx) => receive(deps, ctx),
    names: (params, about) => names(deps, params, about),
    hidden: (params, client) => hidden(deps, params, client),
  };
}

async function receive({ tokens }: RedirectHintDeps, { oidc }: KoaContextWithOIDC): Promise<void> {
  const { params, client, route } = oidc;
  // A request without a browser resolves its hints itself.
  if (client === undefined || (route !== 'authorization' && route !== 'pushed_authorization_request')) return;
  const [hint, token] = [text(params?.['login_hint']), text(params?.['login_hint_token'])];
  if (hint !== undefined && token !== undefined) {
    throw new errors.InvalidRequest('only one of login_hint and login_hint_token may be sent');
  }
  const { clientId } = client;
  // A pushed request is read here again when it is used; only then its token is used up.
  if (token !== undefined) {
    const opened = await tokens.openToken(token, { clientId, use: route === 'authorization' });
    refuseUnlessOpen('login_hint_token', opened, client);
  }
  const encrypted = hint !== undefined && encryptedPrefix.test(hint) ? hint.replace(encryptedPrefix, '') : undefined;
  if (encrypted !== undefined) refuseUnlessOpen('login_hint', tokens.openNumber(encrypted, { clientId }), client);
}

function refuseUnlessOpen(name: string, { kind }: OpenedHint, client: Client): void {
  if (kind !== 'expired' && kind !== 'malformed') return;
  const why = `${name} ${kind === 'expired' ? 'has expired or was used before' : 'cannot be read'}`;
  // A profile of Mobile Connect has one text for both.
  const words = isDeviceInitiated(settingsOf(client).profile) ? badHint : why;
  throw Object.assign(new errors.InvalidRequest(words), { error_detail: why });
}

async function names(
  deps: RedirectHintDeps,
  params: RequestParams,
  { client, accountId }: { client: Client; accountId: string },
): Promise<boolean | undefined> {
  const hint = text(params?.['login_hint']);
  if (hint !== undefined && pcrPrefix.test(hint)) {
    return deps.subjectOf(client, accountId) === hint.replace(pcrPrefix, '');
  }
  const sealed = await openSealed(deps, params, client);
  if (sealed === undefined && hint === undefined) return undefined;
  const identifier = sealed ?? parseLoginHint(hint ?? '', deps.country);
  return identifier.kind === 'malformed' || identifier.kind === 'expired'
    ? false
    : await deps.opens(identifier, accountId);
}

async function hidden(deps: RedirectHintDeps, params: RequestParams, client: Client): Promise<HiddenHint | undefined> {
  const hint = text(params?.['login_hint']);
  if (hint !== undefined && pcrPrefix.test(hint)) {
    const accountId = await deps.subjects.accountOf(client, hint.replace(pcrPrefix, ''));
    // Nobody's reference looks like no hint at all.
    const number = accountId === undefined ? undefined : await deps.numberOf(accountId as AccountId);
    return number === undefined ? undefined : hiddenOf({ kind: 'msisdn', value: number });
  }
  const sealed = await openSealed(deps, params, client);
  return sealed?.kind === 'msisdn' ? hiddenOf(sealed) : undefined;
}

function hiddenOf(identifier: HintedIdentifier): HiddenHint {
  const shown = identifier.kind === 'email' ? maskEmail(identifier.value) : maskMsisdn(identifier.value);
  return { identifier: identifier.value, shown };
}

/** The number of a sealed hint that was accepted before; undefined if the hint is none. */
async function openSealed(
  { tokens }: RedirectHintDeps,
  params: RequestParams,
  { clientId }: Client,
): Promise<OpenedHint | undefined> {
  const about = { clientId, accepted: true };
  const token = text(params?.['login_hint_token']);
  if (token !== undefined) return await tokens.openToken(token, { ...about, use: false });
  const hint = text(params?.['login_hint']);
  if (hint === undefined || !encryptedPrefix.test(hint)) return undefined;
  return tokens.openNumber(hint.replace(encryptedPrefix, ''), about);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
