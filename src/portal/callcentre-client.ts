// The call centre as a client without a browser (CIBA Core, poll): asks for a caller, waits for the answer, takes the
// request back. Only openid-client and one DELETE; nothing is sent before the first use.

import * as openid from 'openid-client';
import { z } from 'zod';
import { createDiscovery, type Discovered, type DiscoveryOptions } from './discovery.ts';
import type { LoginFacts } from './login-words.ts';

export interface Caller extends LoginFacts {
  readonly subject: string;
  /** What userinfo says, if it says anything just now. */
  readonly name: string | undefined;
  readonly at: Date | undefined;
}

export interface StartedRequest {
  readonly authReqId: string;
  readonly expiresAt: Date;
  readonly intervalSeconds: number;
  /** Shown on the phone too; the agent reads it out. */
  readonly referenceCode: string | undefined;
}

export type PollAnswer =
  | { readonly kind: 'pending' | 'slow-down' | 'refused' | 'unanswered' }
  | { readonly kind: 'approved'; readonly caller: Caller };

export interface CallCentreClient {
  /** Rings the caller's phone. Throws what openid-client throws, and IssuerUnreachable. */
  ask(request: { readonly number: string; readonly reason: string }): Promise<StartedRequest>;
  /** One poll that the provider may hold for half a minute. Throws like `ask`. */
  poll(authReqId: string, signal: AbortSignal): Promise<PollAnswer>;
  /** Takes the request back; the phone forgets it. */
  cancel(authReqId: string): Promise<void>;
}

const cibaGrant = 'urn:openid:params:grant-type:ciba';
const waitSeconds = 25;
const answerSeconds = 10;

const claimsSchema = z.object({
  sub: z.string().min(1),
  acr: z.string().optional().catch(undefined),
  amr: z.array(z.string()).catch([]),
  auth_time: z.number().int().positive().optional().catch(undefined),
});

/** Creates the client. */
export function createCallCentreClient(options: DiscoveryOptions): CallCentreClient {
  const discovered = createDiscovery(options);
  const polls = new Map<string, AbortSignal>();
  const configured = async (): Promise<openid.Configuration> => {
    const { configuration } = await discovered();
    configuration.timeout = waitSeconds + answerSeconds;
    configuration[openid.customFetch] = patientFetch(polls);
    return configuration;
  };
  return {
    async ask({ number, reason }) {
      const started = await openid.initiateBackchannelAuthentication(await configured(), {
        scope: 'openid profile',
        login_hint: `tel:${number}`,
        acr_values: '2',
        binding_message: reason,
      });
      const code: unknown = started['reference_code'];
      return {
        authReqId: started.auth_req_id,
        expiresAt: new Date(options.now().getTime() + started.expires_in * 1_000),
        intervalSeconds: started.interval ?? 5,
        referenceCode: typeof code === 'string' ? code : undefined,
      };
    },
    async poll(authReqId, signal) {
      const configuration = await configured();
      polls.set(authReqId, signal);
      try {
        const tokens = await openid.genericGrantRequest(configuration, cibaGrant, { auth_req_id: authReqId });
        return { kind: 'approved', caller: await callerOf(configuration, tokens) };
      } catch (error) {
        const kind = error instanceof openid.ResponseBodyError ? expectedEnds[error.error] : undefined;
        if (kind === undefined) throw error;
        return { kind };
      } finally {
        polls.delete(authReqId);
      }
    },
    async cancel(authReqId) {
      const { configuration } = await discovered();
      await deleteRequest(configuration, { ...options, authReqId });
    },
  };
}

const expectedEnds: Readonly<Record<string, 'pending' | 'slow-down' | 'refused' | 'unanswered'>> = {
  authorization_pending: 'pending',
  slow_down: 'slow-down',
  access_denied: 'refused',
  expired_token: 'unanswered',
};

/**
 * Lets the provider hold the answer to a poll (RFC 7240), and gives it up by the signal of that request. One function
 * for all requests: they share the configuration.
 */
function patientFetch(polls: ReadonlyMap<string, AbortSignal>): openid.CustomFetch {
  return (url, { body, ...init }) => {
    const request = { ...init, ...(body === undefined ? {} : { body }) };
    const authReqId = body instanceof URLSearchParams ? body.get('auth_req_id') : null;
    const stop = polls.get(authReqId ?? '');
    if (stop === undefined) return fetch(url, request);
    const signal = init.signal === undefined ? stop : AbortSignal.any([stop, init.signal]);
    return fetch(url, { ...request, headers: { ...init.headers, prefer: `wait=${waitSeconds}` }, signal });
  };
}

type Tokens = Awaited<ReturnType<typeof openid.genericGrantRequest>>;

async function callerOf(configuration: openid.Configuration, tokens: Tokens): Promise<Caller> {
  const { sub, acr, amr, auth_time: authTime } = claimsSchema.parse(tokens.claims());
  // Whoever has proved who she is stays so when userinfo fails just now.
  const { name } = await openid
    .fetchUserInfo(configuration, tokens.access_token, sub)
    .catch((): { name?: unknown } => ({}));
  return {
    ...{ subject: sub, acr, amr },
    name: typeof name === 'string' ? name : undefined,
    at: authTime === undefined ? undefined : new Date(authTime * 1_000),
  };
}

interface Deletion {
  readonly authReqId: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

async function deleteRequest(
  configuration: Discovered['configuration'],
  { authReqId, clientId, clientSecret }: Deletion,
): Promise<void> {
  const { backchannel_authentication_endpoint: endpoint } = configuration.serverMetadata();
  if (endpoint === undefined) throw new Error('The provider names no backchannel_authentication_endpoint.');
  const credentials = [clientId, clientSecret].map(encodeURIComponent).join(':');
  const response = await fetch(`${endpoint}/${encodeURIComponent(authReqId)}`, {
    method: 'DELETE',
    headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    redirect: 'error',
    signal: AbortSignal.timeout(answerSeconds * 1_000),
  });
  await response.body?.cancel();
  if (!response.ok && response.status !== 404) throw new Error(`The provider did not cancel (${response.status}).`);
}
