// Customer IDs (E23, E24): an access code to all accounts of a company, made here, shown once to the advisor who has
// checked an identity document, and kept as a keyed hash with its last three characters.
import { type Msisdn, newCustomerId, spellCustomerId } from '../identifiers.ts';
import type { Audit } from '../ops/audit.ts';
import type { MasterKey } from '../ops/master-key.ts';
import { listGroupsNamed, replaceCustomerId, takeGroup } from '../storage/customer-ids.ts';
import type { Database, Tx } from '../storage/database.ts';

export interface CustomerIdDeps {
  readonly database: Database;
  readonly masterKey: Pick<MasterKey, 'index'>;
  readonly audit: Pick<Audit<Tx>, 'customerIdIssued'>;
  readonly randomBytes: (size: number) => Buffer;
}

export const identityDocuments = ['national-id', 'passport', 'driving-licence'] as const;

/** What the person who asks for it has shown. */
export interface ShownDocument {
  readonly kind: (typeof identityDocuments)[number];
  /** Kept by its end only. */
  readonly number: string;
}

export interface CustomerIdOrder {
  readonly groupId: string;
  readonly advisor: string;
  readonly document: ShownDocument;
  /** Where the codes of a registration go; undefined: the one on file stays. */
  readonly contactMobile?: Msisdn | undefined;
}

export type IssueOutcome =
  | {
      readonly kind: 'issued';
      /** As it is written down; nobody can read it again. */
      readonly customerId: string;
      readonly isAgain: boolean;
    }
  /** There is no number that a code could go to. */
  | { readonly kind: 'no-number' }
  | { readonly kind: 'not-found' };

/** Issues one. The former is refused from then on, its sessions and refresh tokens end with it (f11, X104). */
export async function issueCustomerId(deps: CustomerIdDeps, order: CustomerIdOrder): Promise<IssueOutcome> {
  const { database, masterKey, audit, randomBytes } = deps;
  const { groupId, advisor, contactMobile } = order;
  const { kind, number } = order.document;
  const customerId = newCustomerId(randomBytes);
  return await database.transaction(async (tx) => {
    const group = await takeGroup(tx, groupId);
    if (group === undefined) return { kind: 'not-found' };
    if ((contactMobile ?? group.contactMobile) === null) return { kind: 'no-number' };
    await replaceCustomerId(tx, group, {
      ...{ hash: masterKey.index('customer_id', customerId), last3: customerId.slice(-3), contactMobile },
      ...{ issuedBy: advisor, identityCheck: { document: kind, numberEnds: number.slice(-3) } },
    });
    const isAgain = group.customerIdHash !== null;
    const document = `${kind} …${number.slice(-3)}`;
    const about = { groupId, accountId: group.accountId, advisor, document, again: isAgain };
    await audit.customerIdIssued(tx, about);
    return { kind: 'issued', customerId: spellCustomerId(customerId), isAgain };
  });
}

/** What staff see of a company and its Customer ID. */
export interface CompanyView {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly brand: string;
  /** `C-…XYZ`; undefined for none. */
  readonly customerId: string | undefined;
  readonly issuedAt: Date | undefined;
  readonly issuedBy: string | undefined;
  readonly isRegistered: boolean;
}

/** The companies with this id or name. */
export async function findCompanies({ database }: Pick<CustomerIdDeps, 'database'>, idOrName: string) {
  const groups = await listGroupsNamed(database.db, idOrName);
  return groups.map(
    ({ id, name, kind, brand, customerIdLast3, issuedAt, issuedBy, accountId }): CompanyView => ({
      ...{ id, name, kind, brand, isRegistered: accountId !== null },
      customerId: customerIdLast3 === null ? undefined : `C-…${customerIdLast3}`,
      issuedAt: issuedAt ?? undefined,
      issuedBy: issuedBy ?? undefined,
    }),
  );
}
