// What an endpoint of the APIs is made of, and what its handler gets and gives. From the one table of these come the
// router, the OpenAPI document, its page, and the test of who may call what.
import type { z } from 'zod';
import type { AccountDesk } from '../customer/account-types.ts';
import type { ApprovalDesk, AttachmentDesk, ContestDesk } from '../customer/attachment-types.ts';
import type { BillingDesk } from '../customer/billing-types.ts';
import type { ContractDesk } from '../customer/contract-types.ts';
import type { DiagnosticDesk } from '../customer/diagnostic-types.ts';
import type { MailboxDesk } from '../customer/mailbox-types.ts';
import type { NotificationCentre } from '../customer/notification-centre.ts';
import type { OfferDesk } from '../customer/order-types.ts';
import type { PasswordDesk } from '../customer/password-types.ts';
import type { ProfileDeps } from '../customer/profile.ts';
import type { PurchaseDesk } from '../customer/purchase-types.ts';
import type { SimOrderDesk } from '../customer/sim-order-types.ts';
import type { StrongAction, StrongCheck } from '../customer/strong-check.ts';
import type { UsageDesk } from '../customer/usage-types.ts';
import type { LineDesk } from '../enrolment/line-desk-types.ts';
import type { ErrorCode } from '../errors.ts';
import type { AccountId } from '../identifiers.ts';
import type { SessionDesk } from './account-sessions.ts';
import type { Consents } from './consents.ts';
import type { HelpParts } from './help.ts';
import type { MobileConnectDesk } from './mobile-connect.ts';
import type { OrderParts } from './orders.ts';
import type { PaymentParts } from './payments.ts';
import type { PinResetDesk } from './pin-resets.ts';
import type { RegistrationDesk } from './registrations.ts';
import type { Wait } from './waiting.ts';

/** What the APIs learn from a token; `oidc/access-tokens.ts` makes it. */
export interface ApiToken {
  readonly accountId: AccountId;
  readonly clientId: string;
  readonly scopes: ReadonlySet<string>;
  /** Level of the login in the `loa` vocabulary: 1 password, 2 SIM, 3 PIN of the SIM. */
  readonly loa: number;
  readonly authTime: Date;
  readonly brand: string;
  /** Names the session that it came from; undefined for one without. */
  readonly session?: string | undefined;
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
  readonly brand: string;
  /** Of answers to whoever asks for none that there is; default French. */
  readonly language?: 'fr' | 'en' | undefined;
  readonly now: () => Date;
  /** Level M*. */
  readonly strong: StrongCheck;
  /** Without it an account can be read, and no more. */
  readonly account?: AccountDesk | undefined;
  /** Without it there are no routes for sessions. */
  readonly sessions?: SessionDesk | undefined;
  /** Without it there are no routes for consents. */
  readonly consents?: Consents | undefined;
  /** What users of lines approved; shown among the consents. */
  readonly approvals?: ApprovalDesk | undefined;
  /** Without it no contract comes into an area. */
  readonly attachments?: AttachmentDesk | undefined;
  /** Without it there is no link to contest a proxy. */
  readonly contests?: ContestDesk | undefined;
  /** Without it there are no routes for contracts. */
  readonly contracts?: ContractDesk | undefined;
  /** Without it there are no diagnoses: no network can be asked. */
  readonly diagnostics?: DiagnosticDesk | undefined;
  /** Without it there are no routes for notifications. */
  readonly notifications?: NotificationCentre | undefined;
  /** Without it there are no routes for help. */
  readonly help?: HelpParts | undefined;
  /** Without it there are no routes for offers and options. */
  readonly offers?: OfferDesk | undefined;
  /** Without it there are no routes for orders, shops and appointments; needs `offers`. */
  readonly ordering?: OrderParts | undefined;
  /** Without it there are orders of options and plans only; what is paid by card needs `payments`, too. */
  readonly purchases?: PurchaseDesk | undefined;
  /** Without it there are no routes for consumption. */
  readonly usage?: UsageDesk | undefined;
  /** Without it there are no routes for lines. */
  readonly lines?: LineDesk | undefined;
  /** Without it there are no routes for orders of SIMs. */
  readonly simOrders?: SimOrderDesk | undefined;
  /** Without it there are no routes for mailboxes. */
  readonly mailboxes?: MailboxDesk | undefined;
  /** Without it there are no routes for the service itself. */
  readonly mobileConnect?: MobileConnectDesk | undefined;
  /** Without it there are no routes for passwords, and nobody opens an account. */
  readonly passwords?: PasswordDesk | undefined;
  /** Without it nobody registers: the brand's customers do not log in with an Account ID. */
  readonly registrations?: RegistrationDesk | undefined;
  /** Without it there are no routes for bills. */
  readonly billing?: BillingDesk | undefined;
  /** Without it nothing is paid by card. */
  readonly payments?: PaymentParts | undefined;
  /** Without it there are no routes for a forgotten PIN. */
  readonly pinResets?: PinResetDesk | undefined;
}

/**
 * Mission 4.1: `P` any level · `Pf` any level, at most 5 minutes ago · `M` PIN of the SIM, at most 15 minutes ago ·
 * `M*` PIN of the SIM at most 5 minutes ago from whoever can give one, else a fresh login and a code by e-mail.
 */
export type LevelDemand = 'P' | 'Pf' | 'M' | 'M*';

interface AnyCall {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Where the call comes from; for limits. */
  readonly address: string;
  /** First of `fr` and `en` that Accept-Language names. */
  readonly locale: 'fr' | 'en';
  /** The body as the route's `input` parsed it; undefined without one. */
  readonly input: unknown;
}

export interface ApiCall extends AnyCall {
  readonly token: ApiToken;
  /** The first of some media types that the header Accept allows; undefined for none. */
  accepts(types: readonly string[]): string | undefined;
  /** Header of a route that demands it; a use case that orders or pays writes it beside what it made. */
  readonly idempotencyKey: string | undefined;
  /** Of a client that would rather wait for news (`Prefer: wait=20`); for routes that have some. */
  readonly wait?: Wait | undefined;
  /** The version that the caller has read; use cases refuse to change another one. */
  readonly ifMatch: string | undefined;
}

/** A call without a token. */
export interface OpenCall extends AnyCall {
  /** The cookie that binds a flow to the browser which began it. */
  readonly browser: string | undefined;
  /** Of a signed route: the octets of the body as they came, and headers; empty for one that is not there. */
  readonly raw?: { readonly body: string; header(name: string): string } | undefined;
}

export interface ApiAnswer {
  /** Default 200; 204 without a body. */
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface OpenAnswer extends ApiAnswer {
  /** Sets the cookie of a flow that begins. */
  readonly browser?: string;
}

interface AnyRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api`: `/account/v1/me`, `/contract/v1/contracts/:id`. */
  readonly path: string;
  /** One line of the document: what it does, for the developer of a client. */
  readonly summary: string;
  /** Schema of the JSON body; without one a body is not read. */
  readonly input?: z.ZodType;
  /** Query parameters it knows, by schema; others are ignored. Lists have `offset` and `limit` besides. */
  readonly query?: z.ZodObject;
  /** Answers by status: the schema of the body, or null for none. */
  readonly answers: Readonly<Record<number, z.ZodType | null>>;
  /** Media types of files that a 200 may be, too: a Buffer, with its own Content-Type among the headers. */
  readonly files?: readonly string[];
  /** Refusals beside the common ones. */
  readonly refusals?: readonly ErrorCode[];
}

export interface ApiRoute extends AnyRoute {
  readonly scope: string;
  readonly level: LevelDemand;
  /** Of level M*: what a code is asked for. */
  readonly action?: StrongAction;
  /** True for a body that needs level M* where others do not; the route then has an `action`. */
  needsStrong?(input: unknown): boolean;
  /** A POST that orders, pays, sends a code or creates: repeats with the same Idempotency-Key get the same answer. */
  readonly idempotent?: true;
  handle(call: ApiCall): Promise<ApiAnswer>;
}

/** For anybody: needs no token, and tells nobody whether a number or an account exists. */
export interface OpenRoute extends AnyRoute {
  readonly open: true;
  /** For another system that signs what it sends: only what is refused counts against its address. */
  readonly signed?: true;
  handle(call: OpenCall): Promise<OpenAnswer>;
}

export type Route = ApiRoute | OpenRoute;

/** True for a route that needs no token. */
export function isOpen(route: Route): route is OpenRoute {
  return 'open' in route;
}

/** A route whose handler gets its body typed by the schema, which the router has parsed it with. */
export function withInput<Input>(
  route: Omit<ApiRoute, 'handle' | 'input' | 'needsStrong'> & {
    readonly input: z.ZodType<Input>;
    needsStrong?(input: Input): boolean;
    handle(call: Omit<ApiCall, 'input'> & { readonly input: Input }): Promise<ApiAnswer>;
  },
): ApiRoute {
  const { needsStrong } = route;
  return {
    ...route,
    ...(needsStrong === undefined ? {} : { needsStrong: (input: unknown) => needsStrong(input as Input) }),
    handle: (call) => route.handle({ ...call, input: call.input as Input }),
  };
}

/** The same for a route without a token. */
export function openWithInput<Input>(
  route: Omit<OpenRoute, 'handle' | 'input'> & {
    readonly input: z.ZodType<Input>;
    handle(call: Omit<OpenCall, 'input'> & { readonly input: Input }): Promise<OpenAnswer>;
  },
): OpenRoute {
  return { ...route, handle: (call) => route.handle({ ...call, input: call.input as Input }) };
}
