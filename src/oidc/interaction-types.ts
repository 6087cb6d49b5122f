// What the pages learn of an interaction from the provider, and how they end it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Level } from '../authentication/levels.ts';
import type { NotRung } from '../authentication/not-rung.ts';
import type { RequestTexts } from '../authentication/request-message.ts';
import type { SimReceipt } from '../authentication/sign-in-record.ts';
import type { AccountId } from '../identifiers.ts';
import type { HiddenHint } from './hint-redirect.ts';

/** A relying party as the pages show it. */
export interface ClientView {
  readonly id: string;
  readonly name: string;
  readonly brand: string;
  readonly party: 'first' | 'third';
  readonly logoUri: string | undefined;
  readonly policyUri: string | undefined;
  readonly allowPasswordFallback: boolean;
  readonly confirmation: 'compare' | 'type' | undefined;
  /** It may hear that a number is unknown, not registered or busy. Default false. */
  readonly revealEnrolment?: boolean;
}

export interface InteractionDetails {
  readonly uid: string;
  readonly issuer: string;
  /** Path prefix of this issuer's pages: `` or `/ile`. */
  readonly basePath: string;
  readonly prompt: 'login' | 'consent';
  readonly client: ClientView;
  /** For a federation hub: the address that hears of an error when the interaction itself is lost. */
  readonly hub?: { readonly wayBack: string | undefined } | undefined;
  readonly least: Level;
  readonly wanted: Level;
  /** As the client sent it; the parser of hints decides what it is. */
  readonly loginHint: string | undefined;
  /** Whom a hint names that its bearer cannot read: the page begins with it and shows it masked. */
  readonly hiddenHint?: HiddenHint | undefined;
  /** What a Mobile Connect client wants to be read on page and phone, checked to fit. */
  readonly texts: RequestTexts;
  /** `ui_locales`, in order. */
  readonly uiLocales: readonly string[];
  /** For consent: who, and what is asked that was not granted before. */
  readonly consent:
    | {
        readonly accountId: AccountId;
        readonly accountName: string;
        readonly scopes: readonly string[];
        readonly claims: readonly string[];
      }
    | undefined;
}

/** The library's interactions, seen from the pages. Each throws AppError('interaction_lost') without the right cookie. */
export interface Interactions {
  details(request: IncomingMessage, response: ServerResponse): Promise<InteractionDetails>;
  /** Ends the login and sends the browser on (303). `authTime`: seconds since 1970. */
  finishLogin(
    request: IncomingMessage,
    response: ServerResponse,
    login: { accountId: AccountId; level: Level; authTime: number; receipt?: SimReceipt | undefined },
  ): Promise<void>;
  /** Grants what was asked, or denies it, and sends the browser on (303). */
  finishConsent(request: IncomingMessage, response: ServerResponse, decision: 'allow' | 'deny'): Promise<void>;
  /** Sends the browser back to the relying party with an OAuth error (303). */
  abort(request: IncomingMessage, response: ServerResponse, error: string): Promise<void>;
  /** The same, with the reason why nobody's phone rang; only for a client that may hear it. */
  abortNotRung(request: IncomingMessage, response: ServerResponse, because: NotRung): Promise<void>;
}
