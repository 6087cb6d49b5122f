// What a Mobile Connect client gets back: its correlation id in redirects, errors and token answers, 302 where the
// library says 303, and the token endpoint's own words.
import type Koa from 'koa';
import type { OIDCContext, Provider } from 'oidc-provider';
import type { NotRung } from '../authentication/not-rung.ts';
import { isCorrelationId } from './mobile-connect-rules.ts';
import { isDeviceInitiated } from './mobile-connect-scopes.ts';
import { factsOf } from './mobile-connect-tokens.ts';
import { settingsOf } from './profiles.ts';
import { TracingProvider } from './trace.ts';

/**
 * The provider, but that the way back to a Mobile Connect client carries its correlation id, whatever the response
 * mode. The library registers its modes through this method while it is constructed.
 */
export class MobileConnectProvider extends TracingProvider {
  override registerResponseMode(name: string, handler: Parameters<Provider['registerResponseMode']>[1]): void {
    super.registerResponseMode(name, async function answered(this: Provider, ctx, redirectUri, payload) {
      const correlated = { ...payload, ...correlationOf(ctx.oidc) };
      await Reflect.apply(handler, this, [ctx, redirectUri, correlated]);
      // Profile documents and old clients know no 303; both make a GET of a GET.
      if (ctx.status === 303 && isClientOfMobileConnect(ctx.oidc)) ctx.status = 302;
    });
  }
}

/** Middleware: what the token endpoint answers to a Mobile Connect client. */
export const speakMobileConnect: Koa.Middleware = async (ctx, next) => {
  await next();
  const oidc: OIDCContext | undefined = Reflect.get(ctx, 'oidc');
  if (ctx.path !== '/token' || oidc === undefined || !isClientOfMobileConnect(oidc)) return;
  const { body } = ctx;
  if (typeof body !== 'object' || body === null) return;
  Object.assign(body, wordsOf(oidc, body), tokenCorrelationOf(oidc));
};

function isClientOfMobileConnect({ client }: OIDCContext): boolean {
  return client !== undefined && isDeviceInitiated(settingsOf(client).profile);
}

// Version 1.1 has no such parameter: the gate has left it out.
function correlationOf(oidc: OIDCContext): { correlation_id?: string } {
  const id = oidc.params?.['correlation_id'];
  if (typeof id !== 'string' || !isCorrelationId(id) || !isClientOfMobileConnect(oidc)) return {};
  return { correlation_id: id };
}

// Of the exchange itself, else of the request that the code came from.
function tokenCorrelationOf({ body, client, entities }: OIDCContext): { correlation_id?: string } {
  const said = body?.['correlation_id'];
  const isKnown = client !== undefined && settingsOf(client).profile !== 'mobile-connect-1.1';
  const id = isKnown && typeof said === 'string' && isCorrelationId(said) ? said : undefined;
  const correlationId = id ?? factsOf(entities.AuthorizationCode)?.correlationId;
  return correlationId === undefined ? {} : { correlation_id: correlationId };
}

function wordsOf({ body: sent }: OIDCContext, body: object): { error?: string; error_description?: string } {
  if (!('error' in body) || sent?.['grant_type']) return {};
  return { error: 'invalid_grant', error_description: 'Mandatory parameter grant_type is missing (or) invalid' };
}

/** What the relying party hears when the user, or the SIM, said no. */
export const failedToAuthenticate = 'User failed to authenticate';

/** The description of a refusal by the user, for the profiles that have one. */
export function refusalWords(profile: string): string | undefined {
  return isDeviceInitiated(profile) ? failedToAuthenticate : undefined;
}

/** What a client with `reveal_enrolment` hears at its redirect_uri when nobody's phone rings (mobile-connect.md 1.5). */
export const notRungWords: Readonly<Record<NotRung, string>> = {
  unknown: 'Unknown user',
  'not-registered': 'Mobile Connect User is not registered',
  busy: 'The user is busy with another transaction',
};
