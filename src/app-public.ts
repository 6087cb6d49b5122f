// The public listener: one web application for all issuers of the process, each with its own use cases.
import { createServer } from 'node:http';
import type { AppParts } from './app.ts';
import { apisOf } from './app-apis.ts';
import { attachmentDesksOf } from './app-attachments.ts';
import { developerToolsOf } from './app-developers.ts';
import { lineDeskOf } from './app-lines.ts';
import { createMobileConnect } from './app-mobile-connect.ts';
import { passwordDeskOf } from './app-passwords.ts';
import { pinResetsOf } from './app-pin-reset.ts';
import { registrationsOf } from './app-registration.ts';
import { createSignInOf, passwordStepOf } from './app-sign-in.ts';
import { createPasswordVerifier, type PasswordVerifier } from './authentication/password.ts';
import { type OpenListener, openListener } from './ops/http-listener.ts';
import type { MasterKey } from './ops/master-key.ts';
import { createMemoryRateLimit, createRateLimit } from './storage/rate-limits.ts';
import { createWebApp } from './web/server.ts';
import type { SiteLinks, WebIssuer } from './web/web-types.ts';

/** Opens it. Throws when the port is taken. */
export async function startPublic(
  [root, ...others]: readonly [AppParts, ...AppParts[]],
  links: Pick<SiteLinks, 'portal' | 'simPhone'> | undefined,
): Promise<OpenListener> {
  const { config, randomBytes } = root;
  const closing = new AbortController();
  const cost = config.passwords;
  // One for all: it bounds how many hashes run at once.
  const verifier = await createPasswordVerifier(randomBytes, { parallel: cost.atOnce, cost });
  const web = createWebApp({
    ...root,
    issuers: [root, ...others].map((parts) => webIssuerOf(parts, { verifier, links, closing: closing.signal })),
    keys: { cookies: cookieKeys(root.masterKey), csrf: root.masterKey.derive('csrf') },
    trustedProxies: config.listeners.trustedProxies,
    certificates: config.mutualTls,
    limits: createWebLimits(root),
    observe: root.metrics.observeRequest,
    onWaiting: () => root.metrics.enterWaiting('browser'),
    closing: closing.signal,
  });
  const listener = await openListener(createServer(web.callback()), config.listeners);
  return {
    ...listener,
    async close() {
      // Long polls and streams end at the signal.
      closing.abort();
      for (const { oidc } of [root, ...others]) oidc.ciba?.endWaits();
      await listener.close();
    },
  };
}

interface WebIssuerParts {
  readonly verifier: PasswordVerifier;
  readonly links: Pick<SiteLinks, 'portal' | 'simPhone'> | undefined;
  /** Whoever waits for news is answered when it aborts. */
  readonly closing: AbortSignal;
}

function webIssuerOf(parts: AppParts, { verifier, links, closing }: WebIssuerParts): WebIssuer {
  const { config, oidc, home } = parts;
  const lines = lineDeskOf(parts);
  const resets = pinResetsOf(parts, verifier);
  const mobileConnect = createMobileConnect(parts, passwordStepOf(parts, verifier));
  const passwords = passwordDeskOf(parts, verifier);
  const registrations = registrationsOf(parts);
  // Where no brand has Mobile Connect, neither pages nor APIs speak of it.
  const service = home.brands.some((brand) => brand.mobileConnect) ? { lines, mobileConnect, resets } : {};
  const apis = apisOf(parts, { ...service, lines, passwords, registrations, closing });
  return {
    issuer: new URL(oidc.issuer),
    brand: home.main,
    interactions: oidc.interactions,
    provider: oidc.middleware,
    developers: developerToolsOf(parts),
    api: apis.serve,
    apiDocuments: apis.documents,
    links: { ...links, support: config.provider.supportUrl },
    signIn: createSignInOf(parts, verifier),
    ...service,
    passwordResets: passwords.resets,
    openAccounts: passwords.openAccounts,
    registrations,
    contests: attachmentDesksOf(parts).contests,
  };
}

/** A page view is cheap and counted in this process; a form may cost an SMS or an Argon2 run and is counted for all. */
function createWebLimits({ config, database }: AppParts) {
  const { startsPerAddress, windowMinutes } = config.limits;
  const seconds = windowMinutes * 60;
  const page = createMemoryRateLimit({ points: startsPerAddress * 20, seconds });
  const form = createRateLimit(database, { name: 'form', points: startsPerAddress * 5, seconds });
  return { take: (kind: 'page' | 'form', key: string) => (kind === 'page' ? page : form).take(key) };
}

/** The cookie keys are the library's too (decisions 35). */
function cookieKeys(masterKey: MasterKey): string[] {
  return [masterKey.derive('cookies').toString('base64url')];
}
