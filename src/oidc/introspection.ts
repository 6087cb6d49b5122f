// Introspection of our own JWT access tokens (RFC 7662). The library answers them with unsupported_token_type, after it
// has authenticated the client; whoever asks wants to know `active`, and gets it here.
import type { FindAccount, KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { ReadAccessToken } from './access-tokens.ts';

export interface JwtIntrospectionDeps {
  readonly read: ReadAccessToken;
  readonly findAccount: FindAccount;
}

const refusedByLibrary = 'unsupported_token_type';

/** Puts the answer in the place of the library's refusal, on one instance. */
export function introspectJwts(provider: Provider, deps: JwtIntrospectionDeps): void {
  keepQuiet(provider);
  provider.use(async (ctx: KoaContextWithOIDC, next) => {
    await next();
    if (!isIntrospection(ctx) || !isRefusal(ctx.body)) return;
    ctx.status = 200;
    ctx.body = await answerFor(ctx, deps);
  });
}

// Nothing was refused in the end: neither log nor journal hears of it.
function keepQuiet(provider: Provider): void {
  const emit = provider.emit.bind(provider);
  Reflect.set(provider, 'emit', (event: string, ...rest: unknown[]) => {
    const isAnswered = event === 'introspection.error' && rest.some(isRefusal);
    return isAnswered || Reflect.apply(emit, provider, [event, ...rest]);
  });
}

async function answerFor(ctx: KoaContextWithOIDC, { read, findAccount }: JwtIntrospectionDeps): Promise<object> {
  const { client, params } = ctx.oidc;
  const claims = await read(String(params?.['token'])).catch(() => undefined);
  // Another client's token is as unknown as a forged one (RFC 7662, 2.2).
  if (claims === undefined || client === undefined || claims['client_id'] !== client.clientId) return { active: false };
  const isClosed = (await findAccount(ctx, claims.sub ?? '')) === undefined && claims.sub?.startsWith('acc_') === true;
  if (isClosed) return { active: false };
  return { ...claims, active: true, token_type: isKeyBound(claims['cnf']) ? 'DPoP' : 'Bearer' };
}

function isKeyBound(cnf: unknown): boolean {
  return typeof cnf === 'object' && cnf !== null && 'jkt' in cnf;
}

// Other paths have no `oidc` of the library's own making.
function isIntrospection(ctx: KoaContextWithOIDC): boolean {
  return ctx.path === '/introspection' && ctx.oidc.client !== undefined;
}

function isRefusal(what: unknown): boolean {
  return typeof what === 'object' && what !== null && 'error' in what && what.error === refusedByLibrary;
}
