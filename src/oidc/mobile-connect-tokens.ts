// The ID token of a Mobile Connect client: aud as an array with azp, at_hash, the hash of the hint, and the receipt of
// what the phone showed. What is known only at the authorization travels in the code, sealed with it.
import { createHash } from 'node:crypto';
import type { Client, OIDCContext, Provider } from 'oidc-provider';
import { z } from 'zod';
import { composeMessage } from '../authentication/request-message.ts';
import { type SimReceipt, simReceipt } from '../authentication/sign-in-record.ts';
import { isDeviceInitiated } from './mobile-connect-scopes.ts';
import { settingsOf } from './profiles.ts';

const codeFacts = z.object({
  correlationId: z.string().optional(),
  hintHash: z.string().optional(),
  displayed: z.string().optional(),
  receipt: simReceipt.optional(),
});
export type CodeFacts = z.infer<typeof codeFacts>;

const member = 'mobileConnect';

/** The facts in a code; undefined for a code of anybody else. */
export function factsOf(code: object | undefined): CodeFacts | undefined {
  return code === undefined ? undefined : codeFacts.safeParse(Reflect.get(code, member)).data;
}

/** SHA-256 of a whole hint in lower-case hex, as gateways build it. */
export function hintHash(hint: string): string {
  return createHash('sha256').update(hint).digest('hex');
}

/** Changes an instance of the library so that codes carry the facts and ID tokens tell them. */
export function tellOfMobileConnect(provider: Provider): void {
  carryFacts(provider);
  completeIdTokens(provider);
}

function carryFacts(provider: Provider): void {
  const names = provider.AuthorizationCode.IN_PAYLOAD;
  Object.defineProperty(provider.AuthorizationCode, 'IN_PAYLOAD', { get: () => [...names, member] });
  const { entity } = provider.OIDCContext.prototype;
  provider.OIDCContext.prototype.entity = function withFacts(this: OIDCContext, key, value) {
    // The library names the code just before it saves it; at the exchange it names the code that it has read.
    if (key === 'AuthorizationCode' && this.route !== 'token' && isOfMobileConnect(this.client)) {
      Reflect.set(value, member, factsOfRequest(this));
    }
    Reflect.apply(entity, this, [key, value]);
  };
}

function factsOfRequest({ params, result }: OIDCContext): CodeFacts {
  const text = (name: string) => (typeof params?.[name] === 'string' ? params[name] : undefined);
  const hint = text('login_hint') ?? text('login_hint_token');
  // Only a login of this very request has shown something; a session has not.
  const receipt = simReceipt.safeParse(result?.login?.['receipt']).data;
  const displayed = composeMessage({ bindingMessage: text('binding_message'), context: text('context') });
  return JSON.parse(
    JSON.stringify({
      correlationId: text('correlation_id'),
      hintHash: hint === undefined ? undefined : hintHash(hint),
      displayed: receipt === undefined ? undefined : displayed,
      receipt,
    }),
  );
}

interface IdTokenParts {
  readonly ctx?: { readonly oidc: OIDCContext } | undefined;
  readonly client?: Client | undefined;
  set(name: string, value: unknown): void;
  issue(options: { use?: string }): Promise<string>;
  payload(): Promise<Record<string, unknown>>;
}

function completeIdTokens(provider: Provider): void {
  const prototype: IdTokenParts = Reflect.get(provider, 'IdToken').prototype;
  const { issue, payload } = prototype;
  const forClients = new WeakSet<object>();
  prototype.issue = async function complete(this: IdTokenParts, options) {
    if (options.use === 'idtoken' && isOfMobileConnect(this.client)) {
      forClients.add(this);
      const token = this.ctx?.oidc.entities.AccessToken;
      // The library hashes the value; only an opaque token is its own id.
      if (token !== undefined && token.aud === undefined) this.set('at_hash', token.jti);
    }
    return await Reflect.apply(issue, this, [options]);
  };
  prototype.payload = async function completed(this: IdTokenParts) {
    const claims: Record<string, unknown> = await Reflect.apply(payload, this, []);
    const clientId = this.client?.clientId;
    if (clientId === undefined || !forClients.has(this)) return claims;
    Object.assign(claims, { azp: clientId, ...toldClaims(this.ctx?.oidc, String(claims['sub'])) });
    // The library writes the client's id there when it signs; the profile wants a list.
    Object.defineProperty(claims, 'aud', { enumerable: true, get: () => [clientId], set: () => undefined });
    return claims;
  };
}

// Without a hint the subject stands in for it: a hash of the number that was typed would give the number away.
function toldClaims(oidc: OIDCContext | undefined, sub: string): Record<string, unknown> {
  const facts = factsOf(oidc?.entities.AuthorizationCode);
  const hashed = { hashed_login_hint: facts?.hintHash ?? hintHash(`PCR:${sub}`) };
  const { displayed, receipt } = facts ?? {};
  return {
    ...hashed,
    ...(displayed === undefined ? {} : { displayed_data: displayed }),
    ...(receipt === undefined ? {} : { display_receipt: receiptClaim(receipt, displayed) }),
  };
}

function receiptClaim({ referenceCode, requestSha256, answeredAt }: SimReceipt, displayed: string | undefined) {
  return {
    reference_code: referenceCode,
    request_sha256: requestSha256,
    answered_at: answeredAt,
    ...(displayed === undefined ? {} : { text_sha256: createHash('sha256').update(displayed).digest('base64url') }),
  };
}

function isOfMobileConnect(client: Client | undefined): boolean {
  return client !== undefined && isDeviceInitiated(settingsOf(client).profile);
}
