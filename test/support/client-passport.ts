// A site on Express whose login is passport-openidconnect, as that library's own instructions build one.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';

// None of these comes with types of its own; this is what is used of them.
type Handler = (
  request: IncomingMessage,
  response: ServerResponse & { json(body: unknown): void },
  next: () => void,
) => void;
type ExpressApp = RequestListener & { use(handler: Handler): void; get(path: string, handler: Handler): void };
interface Strategy {
  readonly name: string;
}
type Verified = (error: null, user: object) => void;
interface Passport {
  use(strategy: Strategy): void;
  serializeUser(write: (user: object, done: (error: null, kept: object) => void) => void): void;
  deserializeUser(read: (kept: object, done: (error: null, user: object) => void) => void): void;
  session(): Handler;
  authenticate(name: string, options?: { failureMessage?: boolean; successRedirect?: string }): Handler;
}
type StrategyClass = new (
  options: object,
  verify: (
    issuer: string,
    profile: object,
    context: object,
    idToken: string,
    accessToken: string,
    refreshToken: string | undefined,
    done: Verified,
  ) => void,
) => Strategy;

const load = createRequire(import.meta.url);
const express: () => ExpressApp = load('express');
const { Passport: PassportClass }: { Passport: new () => Passport } = load('passport');
const OpenIdStrategy: StrategyClass = load('passport-openidconnect');
const session: (options: object) => Handler = load('express-session');

export interface PassportSite {
  /** Where the site is; `/login` begins a login, `/me` tells who is logged in. */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts the site; `register` is given its callback address. */
export async function openPassportSite(
  issuer: string,
  register: (redirectUri: string) => Promise<{ client_id: string; client_secret: string }>,
): Promise<PassportSite> {
  const app = express();
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { client_id: clientID, client_secret: clientSecret } = await register(`${url}/callback`);
  const passport = new PassportClass();
  const options = { ...endpointsOf(issuer), clientID, clientSecret, callbackURL: `${url}/callback` };
  const settings = { ...options, scope: 'profile email', nonce: true, acrValues: '3', skipUserProfile: false };
  passport.use(
    new OpenIdStrategy(settings, (iss, profile, context, _idToken, _accessToken, _refreshToken, done) => {
      done(null, { iss, profile, context });
    }),
  );
  passport.serializeUser((user, done) => done(null, user));
  passport.deserializeUser((kept, done) => done(null, kept));
  app.use(session({ secret: randomBytes(24).toString('base64url'), resave: false, saveUninitialized: false }));
  app.use(passport.session());
  app.get('/login', passport.authenticate('openidconnect'));
  app.get('/callback', passport.authenticate('openidconnect', { successRedirect: '/me' }));
  app.get('/me', (request, response) => {
    response.json(Reflect.get(request, 'user') ?? null);
  });
  return {
    url,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

// It knows no discovery: these are settings of the site.
function endpointsOf(issuer: string) {
  return {
    issuer,
    authorizationURL: `${issuer}/auth`,
    tokenURL: `${issuer}/token`,
    userInfoURL: `${issuer}/userinfo`,
  };
}
