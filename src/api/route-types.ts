// What an endpoint of the APIs is made of, and what its handler gets and gives.
import type { z } from 'zod';
import type { ProfileDeps } from '../customer/profile.ts';
import type { LineDesk } from '../enrolment/line-desk-types.ts';
import type { AccountId } from '../identifiers.ts';
import type { MobileConnectDesk } from './mobile-connect.ts';

/** What the APIs learn from a token; `oidc/access-tokens.ts` makes it. */
export interface ApiToken {
  readonly accountId: AccountId;
  readonly clientId: string;
  readonly scopes: ReadonlySet<string>;
  /** Level of the login in the `loa` vocabulary: 1 password, 2 SIM, 3 PIN of the SIM. */
  readonly loa: number;
  readonly authTime: Date;
  readonly brand: string;
}

/** How a request presents its token; `oidc/access-tokens.ts` reads it. */
export interface TokenPresentation {
  readonly scheme: 'Bearer' | 'DPoP';
  /** The `DPoP` header. */
  readonly proof: string | undefined;
  readonly method: string;
  /** Of the request, without query. */
  readonly url: string;
  /** The client's certificate as a trusted proxy handed it on. */
  readonly certificate: string | undefined;
  /** Tells the client which nonce to use next. */
  offerNonce(nonce: string): void;
}

/** What all routes are made from: the use cases' own needs, passed on unseen. */
export interface ApiContext extends ProfileDeps {
  readonly issuer: string;
  readonly now: () => Date;
  /** Without it there are no routes for lines. */
  readonly lines?: LineDesk | undefined;
  /** Without it there are no routes for the service itself. */
  readonly mobileConnect?: MobileConnectDesk | undefined;
}

/** Mission 4.1: `P` any level · `Pf` any level, at most 5 minutes ago · `M` PIN of the SIM, at most 15 minutes ago. */
export type LevelDemand = 'P' | 'Pf' | 'M';

export interface ApiCall {
  readonly token: ApiToken;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Where the call comes from; for limits. */
  readonly address: string;
  /** The body as the route's `input` parsed it; undefined without one. */
  readonly input: unknown;
}

export interface ApiAnswer {
  /** Default 200; 204 without a body. */
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api`: `/account/v1/me`, `/contract/v1/contracts/:id`. */
  readonly path: string;
  readonly scope: string;
  readonly level: LevelDemand;
  /** Schema of the JSON body; without one a body is not read. */
  readonly input?: z.ZodType;
  handle(call: ApiCall): Promise<ApiAnswer>;
}

/** A route whose handler gets its body typed by the schema, which the router has parsed it with. */
export function withInput<Input>(
  route: Omit<ApiRoute, 'handle' | 'input'> & {
    readonly input: z.ZodType<Input>;
    handle(call: Omit<ApiCall, 'input'> & { readonly input: Input }): Promise<ApiAnswer>;
  },
): ApiRoute {
  return { ...route, handle: (call) => route.handle({ ...call, input: call.input as Input }) };
}
