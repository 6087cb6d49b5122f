// An operator's customer area: profile page, and its definition as a relying party (client `portal`).
// The profile shows userinfo and the account API side by side; either may fail without taking the page down.

import type { Router } from '@koa/router';
import type { Context } from 'koa';
import type { AccountAnswer, AccountApi, Row } from './account-api.ts';
import { browserAddressOf } from './customer-api.ts';
import { describeLogin, maskEmail, maskNumber, meetsLevel } from './login-words.ts';
import type { OidcClient } from './oidc-client.ts';
import type { Operator } from './operators.ts';
import { homeOf, localeOf, type Pages } from './pages.ts';
import { personOf, type RelyingParty, redirect } from './relying-party.ts';
import type { Report } from './report.ts';
import type { Claims, Session, Sessions } from './session.ts';
import { GrantRevoked, type TokenKeeper } from './tokens.ts';
import { type ValueWords, valueWords } from './value-words.ts';

export interface CustomerAreaDeps {
  readonly operator: Operator;
  readonly baseUrl: string;
  readonly simUrl: string | undefined;
  readonly client: OidcClient;
  readonly sessions: Sessions;
  readonly accountApi: AccountApi;
  readonly pages: Pages;
  readonly report: Report;
  readonly keeper: TokenKeeper;
}

const phoneAndPin = '3';

/** The portal as a relying party. */
export function customerAreaParty(deps: CustomerAreaDeps): RelyingParty {
  const { operator, baseUrl, client, sessions, accountApi } = deps;
  const { site, base, mobileConnect, scope } = operator;
  return {
    site,
    prefix: base,
    landing: `${base}/profile`,
    client,
    sessions,
    authorizationParameters(ctx) {
      // The API must be named here already, or no later exchange could ask for a token for it.
      const parameters = { scope, resource: accountApi.resource, ...stepUpOf(ctx) };
      if (ctx.query['level'] !== 'phone' || !mobileConnect) return parameters;
      // At that level already, the provider would answer at once; "again" means again.
      const isThere = meetsLevel(sessions.find(ctx)?.login.acr, phoneAndPin);
      return { ...parameters, acr_values: phoneAndPin, ...(isThere ? { prompt: 'login' } : {}) };
    },
    async afterLogout(ctx, { idToken }) {
      const url = await client.logoutUrl({
        id_token_hint: idToken,
        post_logout_redirect_uri: `${baseUrl}${base}/`,
        state: 'signed-out',
        ui_locales: localeOf(ctx),
      });
      return url.href;
    },
  };
}

/** What an API asked for (RFC 9470), as `area.ts` put it into the address of the login. */
function stepUpOf({ query }: Context): Record<string, string> {
  const { acr, max_age: maxAge } = query;
  return {
    ...(typeof acr === 'string' && /^[1-3]$/.test(acr) ? { acr_values: acr } : {}),
    ...(typeof maxAge === 'string' && /^\d{1,5}$/.test(maxAge) ? { max_age: maxAge } : {}),
  };
}

/** Adds the profile. */
export function addCustomerAreaPages(router: Router, deps: CustomerAreaDeps): void {
  router.get('/profile', createProfilePage(deps));
}

function createProfilePage(deps: CustomerAreaDeps) {
  const { pages, sessions, report, operator } = deps;
  const { base, site } = operator;
  const readSources = createSources(deps);
  return async (ctx: Context): Promise<void> => {
    const session = sessions.find(ctx);
    if (session === undefined) {
      redirect(ctx, `${base}/login?${new URLSearchParams({ returnTo: ctx.path })}`);
      return;
    }
    try {
      const { claims, account } = await readSources(ctx, session);
      const data = profileData(session, { claims, account });
      pages.show(ctx, { site, view: 'profile', title: 'profile.title', person: personOf(session), data });
    } catch (error) {
      if (!(error instanceof GrantRevoked)) throw error;
      report({ event: 'session-ended', site, reason: 'grant revoked' });
      sessions.end(ctx);
      redirect(ctx, `${homeOf(site)}?notice=session-ended`);
    }
  };
}

interface Sources {
  /** undefined when userinfo does not answer. */
  readonly claims: Claims | undefined;
  readonly account: AccountAnswer;
}

function createSources({ accountApi, client, keeper, report, operator: { site } }: CustomerAreaDeps) {
  const api = { resource: accountApi.resource };

  async function readUserInfo({ subject, tokens }: Session): Promise<Claims | undefined> {
    const token = await keeper.accessToken(tokens, 'userinfo');
    return token === undefined ? undefined : client.readUserInfo(token, subject);
  }

  async function readAccount(ctx: Context, { tokens }: Session): Promise<AccountAnswer> {
    const accessToken = await keeper.accessToken(tokens, api);
    if (accessToken === undefined) return { kind: 'unavailable', reason: 'no token' };
    return accountApi.readMe({ accessToken, browserAddress: browserAddressOf(ctx), locale: localeOf(ctx) });
  }

  async function readAccountTwice(ctx: Context, session: Session): Promise<AccountAnswer> {
    const first = await readAccount(ctx, session);
    if (first.kind !== 'token-refused') return first;
    // Refused before its time: revoked, or the provider's keys have changed. A new one settles it.
    keeper.forget(session.tokens, api);
    return readAccount(ctx, session);
  }

  return async (ctx: Context, session: Session): Promise<Sources> => {
    const [claims, account] = await Promise.all([
      readUserInfo(session).catch((error: unknown) => {
        if (error instanceof GrantRevoked) throw error;
        report({ event: 'userinfo-failed', site, error });
        keeper.forget(session.tokens, 'userinfo');
        return undefined;
      }),
      readAccountTwice(ctx, session).catch((error: unknown): AccountAnswer => {
        if (error instanceof GrantRevoked) throw error;
        report({ event: 'account-api-failed', site, error });
        return { kind: 'unavailable', reason: 'error' };
      }),
    ]);
    if (account.kind !== 'rows') {
      const reason = account.kind === 'unavailable' ? account.reason : account.kind;
      report({ event: 'account-api-failed', site, reason });
    }
    return { claims, account };
  };
}

function profileData({ login, subject, claims: claimsAtLogin }: Session, { claims, account }: Sources) {
  const known = claims ?? claimsAtLogin;
  const { name, given_name: givenName, family_name: familyName, email, phone_number: number } = known;
  return {
    who: {
      name: text(name) ?? ([givenName, familyName].map(text).filter(Boolean).join(' ') || undefined),
      givenName: text(givenName),
      number: mapText(number, maskNumber),
      email: mapText(email, maskEmail),
    },
    login: {
      method: describeLogin(login),
      acr: login.acr,
      amr: login.amr,
      at: login.at,
      lessThanAsked: login.asked !== undefined && !meetsLevel(login.acr, login.asked),
    },
    subject,
    claims: claims === undefined ? undefined : claimRows(claims),
    account: account.kind === 'rows' ? account.rows.map(labelled) : undefined,
  };
}

// Attributes of the account API that have a text `attribute.<name>`; others are shown under their own name.
const knownAttributes = new Set(
  `givenName familyName name fullName civility brand email emailAddress mobile phoneNumber number mediumType type kind
  value preferred verified isVerified language locale status state title accountKind`.split(/\s+/),
);

function labelled({ path, value }: Row) {
  const name = path.at(-1) ?? '';
  const text = knownAttributes.has(name) ? `attribute.${name}` : undefined;
  return { text, name: path.join(' › '), value, ...valueWords(name, value) };
}

const shownClaims: Readonly<Record<string, (value: string) => string>> = {
  name: String,
  given_name: String,
  family_name: String,
  nickname: String,
  gender: String,
  birthdate: String,
  locale: String,
  email: maskEmail,
  email_verified: String,
  phone_number: maskNumber,
  phone_number_verified: String,
};

export interface ClaimRow extends ValueWords {
  readonly name: string;
  readonly value: string;
}

/** The claims that a page shows, in a fixed order, contacts masked. */
export function claimRows(claims: Claims): ClaimRow[] {
  return Object.entries(shownClaims).flatMap(([name, show]) => {
    const value = claims[name];
    const shown = typeof value === 'boolean' ? String(value) : mapText(value, show);
    return shown === undefined ? [] : [{ name, value: shown, ...valueWords(name, shown) }];
  });
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, 200) : undefined;
}

function mapText(value: unknown, change: (text: string) => string): string | undefined {
  const known = text(value);
  return known === undefined ? undefined : change(known);
}
