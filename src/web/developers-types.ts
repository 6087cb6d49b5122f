// What the developers' pages ask of the rest of the provider; app-developers.ts wires it.
import type { Refusal, Refusals } from '../oidc/refusals.ts';
import type { SelfRegistration, TestClientOutcome, TestClientRequest } from '../oidc/self-registration.ts';

export interface DeveloperTools {
  /** True in the sandbox: a test client needs no initial access token. */
  readonly registrationOpen: boolean;
  endpoints: SelfRegistration['endpoints'];
  /** Registers a test client, so many in some time from one address. */
  register(
    request: TestClientRequest,
    address: string,
  ): Promise<TestClientOutcome | { readonly kind: 'limited'; readonly retryAfterSeconds: number }>;
  /** Why a request was refused, by its trace id. */
  findRefusal(trace: string): Promise<Refusal | undefined>;
  /** Keeps what pages and APIs refuse. */
  readonly note: Refusals['note'];
}
