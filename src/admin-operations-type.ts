// What a staff operation is, and what it gets.
import type { z } from 'zod';
import type { BillingDeps } from './customer/billing-run.ts';
import type { OrderMovingDeps } from './customer/order-steps.ts';
import type { TransferDeps } from './customer/transfer-contract.ts';
import type { UsageIntakeDeps } from './customer/usage-intake.ts';
import type { ChangeNumberDeps } from './enrolment/change-number.ts';
import type { OidcProvider } from './oidc/provider.ts';
import type { Audit } from './ops/audit.ts';
import type { Config } from './ops/config.ts';
import type { MasterKey } from './ops/master-key.ts';
import type { Database, Tx } from './storage/database.ts';

/** What every operation gets. */
export interface AdminContext {
  readonly database: Database;
  readonly audit: Audit<Tx>;
  readonly now: () => Date;
  readonly randomBytes: (size: number) => Buffer;
  /** Parts that need issuer and master key; the command line makes them only when an operation asks. */
  secrets(): Promise<AdminSecrets>;
  /** What steps of orders need. */
  readonly orders?: () => Promise<OrderMovingDeps>;
  /** What billing needs. */
  readonly billing?: () => Promise<BillingDeps>;
  /** What changes of lines need; messages to customers are created with it. */
  readonly lines?: () => Promise<ChangeNumberDeps>;
  /** What changes of contracts need; messages to customers are created with it. */
  readonly contracts?: () => Promise<TransferDeps>;
  /** What taking events of use in needs. */
  readonly usage?: () => Promise<UsageIntakeDeps>;
  /** Sends a notification to a client once more; false when it cannot be sent any more. */
  readonly redeliver?: (id: string) => Promise<boolean>;
}

export interface AdminSecrets {
  readonly masterKey: MasterKey;
  readonly config: Pick<Config, 'provider' | 'operators' | 'brands'>;
  /** Of the issuer at the root. */
  readonly oidc: AdminProvider;
  /** Of the issuer where a brand is at home; without one, the root's. Throws AppError('not_found'). */
  oidcOf(brand: string | undefined): Promise<AdminProvider>;
}

export type AdminProvider = Pick<OidcProvider, 'issuer' | 'clients' | 'keys'>;

/** One operation; its input is parsed before it runs. */
export interface AdminOperation {
  /** `client.add`; its path is `/admin/client.add`. */
  readonly name: string;
  /** Gives JSON. Throws ZodError for a wrong input and AppError for what cannot be done. */
  run(context: AdminContext, input: unknown): Promise<unknown>;
}

/** Makes an operation from the schema of its input and its work. */
export function adminOperation<Input>(
  name: string,
  input: z.ZodType<Input>,
  work: (context: AdminContext, input: Input) => Promise<unknown>,
): AdminOperation {
  return { name, run: (context, given) => work(context, input.parse(given ?? {})) };
}
