// Writes the demo world of brand `ile`: contracts with their billing accounts, lines and SIMs, and the one account that
// is registered from the start.
import { hashPassword } from '../authentication/password.ts';
import { type ProvisionDeps, writeSim } from '../enrolment/provision.ts';
import { type AccountId, type Msisdn, parseIccid } from '../identifiers.ts';
import { insertBillingAccount, insertCustomerGroup } from '../storage/billing-accounts.ts';
import type { Tx } from '../storage/database.ts';
import { insertContract, insertLine, insertPerson } from '../storage/provisioning.ts';
import { insertRegisteredAccount } from '../storage/registrations.ts';
import { demoPuk } from './world.ts';
import { type IleCustomer, type IleLine, ileCustomers } from './world-ile.ts';

/** Hashes of the passwords that count from the start, by Account ID; outside any transaction, for it takes its time. */
export async function hashIlePasswords(): Promise<ReadonlyMap<string, string>> {
  const lines = ileCustomers.flatMap((customer) => customer.lines);
  const hashed = lines.map(async ({ accountId, registered }) =>
    registered === undefined ? [] : [[accountId, await hashPassword(registered.password)] as const],
  );
  return new Map((await Promise.all(hashed)).flat());
}

/** Writes everybody. The customers before were cleared. */
export async function seedIle(deps: ProvisionDeps, tx: Tx, passwords: ReadonlyMap<string, string>): Promise<void> {
  for (const customer of ileCustomers) {
    const personId = deps.idFor('per', customer.customerRef);
    const nothing = { birthName: null, birthDate: null, birthPlace: null, birthCountry: null, gender: null };
    await insertPerson(tx, {
      id: personId,
      ...customer.person,
      ...nothing,
      civilGivenNames: null,
      identityCheckedAt: null,
    });
    const groupId = await writeCompany(deps, tx, customer);
    for (const line of customer.lines) {
      await writeLine(deps, tx, { customer, line, personId, groupId });
      const passwordHash = passwords.get(line.accountId);
      if (passwordHash !== undefined) await writeRegistered(deps, tx, { customer, line, passwordHash });
    }
  }
}

async function writeCompany(deps: ProvisionDeps, tx: Tx, { company }: IleCustomer): Promise<string | null> {
  if (company === undefined) return null;
  const { name, kind, customerId, contactMobile } = company;
  const id = deps.idFor('cgr', name);
  await insertCustomerGroup(tx, {
    ...{ id, brand: 'ile', name, kind, contactMobile: contactMobile as Msisdn, createdAt: deps.now() },
    customerIdHash: deps.masterKey.index('customer_id', customerId),
    ...{ customerIdLast3: customerId.slice(-3), issuedAt: deps.now(), issuedBy: 'demo' },
    identityCheck: JSON.stringify({ document: 'none', numberEnds: '' }),
  });
  return id;
}

interface LineDraft {
  readonly customer: IleCustomer;
  readonly line: IleLine;
  readonly personId: string;
  readonly groupId: string | null;
}

async function writeLine(deps: ProvisionDeps, tx: Tx, { customer, line, personId, groupId }: LineDraft): Promise<void> {
  const { accountId, contractRef, msisdn, iccid, serial13, payMode } = line;
  const contractId = deps.idFor('ctr', contractRef);
  const lineId = deps.idFor('lin', msisdn);
  const { customerRef, company } = customer;
  const contract = {
    id: contractId,
    brand: 'ile',
    kind: 'MOBILE',
    offerRange: 'standard',
    customerRef,
    contractRef,
  } as const;
  const segment = company === undefined ? 'consumer' : 'professional';
  await insertContract(tx, { ...contract, segment, payMode, holderPersonId: personId, startedAt: deps.now() }, []);
  await insertLine(tx, { id: lineId, brand: 'ile', msisdn: msisdn as Msisdn, kind: 'mobile', contractId });
  const sim = { iccid: parseIccid(iccid), serial13, puk: demoPuk(iccid), lineId, origin: 'test' as const };
  await writeSim(deps, tx, { ...sim, appletCapable: false, selfAnswering: false });
  await insertBillingAccount(tx, {
    ...{ id: deps.idFor('bac', accountId), brand: 'ile', code: accountId, contractId, lineId },
    ...{ holderPersonId: personId, customerGroupId: groupId, createdAt: deps.now() },
  });
}

interface RegisteredDraft {
  readonly customer: IleCustomer;
  readonly line: IleLine;
  readonly passwordHash: string;
}

async function writeRegistered(deps: ProvisionDeps, tx: Tx, draft: RegisteredDraft): Promise<void> {
  const { customer, line, passwordHash } = draft;
  const { accountId: code, msisdn, registered } = line;
  const { givenName, familyName } = customer.person;
  const target = { kind: 'account', id: deps.idFor('bac', code), name: null, registeredBy: null } as const;
  await insertRegisteredAccount(tx, {
    ...{ accountId: deps.idFor('acc', code) as AccountId, personId: deps.idFor('per', code), brand: 'ile' },
    ...{ locale: 'en', target: { ...target, number: msisdn as Msisdn }, givenName, familyName, passwordHash },
    ...{ label: `${givenName} ${familyName}`, email: registered?.email ?? '', contactPhone: msisdn },
    ...{ identifierKind: 'account_id', lookupHash: deps.masterKey.index('account_id', code) },
    ...{ termsVersion: 'demo', termsAcceptedAt: deps.now() },
  });
}
