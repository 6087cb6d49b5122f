// Turns any hint of a request without a browser (CIBA Core 7.1) into the identifier or the account that it means.
// Says only whether the hint is well-formed: whether somebody stands behind it is found out later, and never told.
import type { Client } from 'oidc-provider';
import { unreachable } from '../errors.ts';
import type { Country } from '../identifiers.ts';
import { encryptedPrefix, pcrPrefix } from './hint-redirect.ts';
import type { HintTokens, OpenedHint } from './hint-token.ts';
import { type LoginHint, parseLoginHint } from './login-hint.ts';

export type HintKind = 'login_hint' | 'login_hint_token' | 'id_token_hint';

export interface Hint {
  readonly kind: HintKind;
  readonly value: string;
  readonly client: Client;
}

export type ResolvedHint =
  | { readonly kind: 'identifier'; readonly identifier: Exclude<LoginHint, { kind: 'malformed' }> }
  /** It may be an account that does not exist (any more). */
  | { readonly kind: 'account'; readonly accountId: string }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'expired' };

export interface HintDeps {
  /** Where national numbers are at home. */
  readonly country: Country;
  /** Opens what discovery has sealed. */
  readonly tokens: Pick<HintTokens, 'openToken' | 'openNumber'>;
  /** The subject of an ID token that we issued to this client, expired or not; undefined for any other. */
  readonly subjectOfIdToken: (idToken: string, client: Client) => Promise<string | undefined>;
  /** The account that a client knows under this subject, pairwise or public. */
  readonly accountOfSubject: (subject: string, client: Client) => Promise<string | undefined>;
}

const malformed = { kind: 'malformed' } as const;

/** Resolves a hint of any kind. Throws nothing of its own: what cannot be read is `malformed`. */
export async function resolveHint(deps: HintDeps, hint: Hint): Promise<ResolvedHint> {
  switch (hint.kind) {
    case 'id_token_hint':
      return await resolveIdToken(deps, hint);
    case 'login_hint':
      return await resolveLoginHint(deps, hint);
    case 'login_hint_token':
      return ofOpened(await deps.tokens.openToken(hint.value, { clientId: hint.client.clientId, use: true }));
    default:
      return unreachable(hint.kind);
  }
}

// Nobody's account: the hint was well-formed, so whoever asks sees a request that nobody answers.
const unknown = { kind: 'account', accountId: 'unknown' } as const;

async function resolveLoginHint(deps: HintDeps, { value, client }: Hint): Promise<ResolvedHint> {
  if (encryptedPrefix.test(value)) {
    return ofOpened(deps.tokens.openNumber(value.replace(encryptedPrefix, ''), { clientId: client.clientId }));
  }
  if (pcrPrefix.test(value)) {
    const subject = value.replace(pcrPrefix, '');
    if (!/^[\x21-\x7e]{1,255}$/.test(subject)) return malformed;
    const accountId = await deps.accountOfSubject(subject, client);
    return accountId === undefined ? unknown : { kind: 'account', accountId };
  }
  const identifier = parseLoginHint(value, deps.country);
  return identifier.kind === 'malformed' ? malformed : { kind: 'identifier', identifier };
}

function ofOpened(opened: OpenedHint): ResolvedHint {
  return opened.kind === 'msisdn' ? { kind: 'identifier', identifier: opened } : opened;
}

async function resolveIdToken(deps: HintDeps, { value, client }: Hint): Promise<ResolvedHint> {
  const subject = await deps.subjectOfIdToken(value, client);
  if (subject === undefined) return malformed;
  // A subject that nobody has any more is still a well-formed hint.
  return { kind: 'account', accountId: (await deps.accountOfSubject(subject, client)) ?? subject };
}
