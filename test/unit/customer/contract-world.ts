// People with contracts and lines on a real database, as the tests of the customer's affairs need them.

import type { AccountId, Msisdn } from '../../../src/identifiers.ts';
import { createAudit } from '../../../src/ops/audit.ts';
import { insertAuditEvent } from '../../../src/storage/audit-events.ts';
import type { ContractRow } from '../../../src/storage/contract-tables.ts';
import type { Database, Tx } from '../../../src/storage/database.ts';
import { insertAccount, insertContract, insertLine, insertPerson } from '../../../src/storage/provisioning.ts';
import { captureLog } from '../../support/logs.ts';

const start = new Date('2026-03-01T08:00:00Z');

export interface Person {
  readonly personId: string;
  readonly accountId: AccountId;
}

export interface SoldContract {
  readonly contractId: string;
  readonly lineId: string;
  readonly number: Msisdn;
}

/** Makes the functions over one database; names and numbers are used once. */
export function createContractWorld(database: Database) {
  let last = 0;
  const next = () => String(++last).padStart(4, '0');
  const audit = createAudit<Tx>({
    insert: insertAuditEvent,
    log: captureLog().log,
    metrics: { countEvent() {}, countAttempt() {}, countDroppedAnswer() {} },
  });
  return {
    audit,
    /** Somebody with a main account and a verified e-mail address. */
    async person(names: { givenName?: string; familyName?: string; email?: string | null } = {}): Promise<Person> {
      const n = next();
      const personId = `per_${n}`;
      const accountId = `acc_${n}` as AccountId;
      const { givenName = 'Zoé', familyName = 'Durand', email = `person-${n}@exemple.test` } = names;
      await database.transaction(async (tx) => {
        const blank = { civility: null, birthName: null, birthDate: null, birthPlace: null, birthCountry: null };
        await insertPerson(tx, {
          ...{ id: personId, givenName, familyName, ...blank, gender: null, civilGivenNames: null },
          identityCheckedAt: null,
        });
        const account = { id: accountId, brand: 'exemple', kind: 'main' as const, personId, parentAccountId: null };
        await insertAccount(
          tx,
          {
            ...{ ...account, label: `${givenName} ${familyName}`, contactEmail: email, createdAt: start },
            contactEmailVerifiedAt: email === null ? null : start,
          },
          [],
        );
      });
      return { personId, accountId };
    },
    /** Another main account of the same person, without any contract. */
    async anotherAccount({ personId }: Person): Promise<Person> {
      const accountId = `acc_${next()}` as AccountId;
      const email = `other-${accountId}@exemple.test`;
      await database.transaction(async (tx) => {
        const account = { id: accountId, brand: 'exemple', kind: 'main' as const, personId, parentAccountId: null };
        const contact = { contactEmail: email, contactEmailVerifiedAt: start, createdAt: new Date() };
        await insertAccount(tx, { ...account, ...contact, label: 'Autre' }, []);
      });
      return { personId, accountId };
    },
    /** A contract of that person, with one mobile line where the kind has one. */
    async contract(holder: Person, changes: Partial<ContractRow> = {}): Promise<SoldContract> {
      const n = next();
      const contractId = `ctr_${n}`;
      const lineId = `lin_${n}`;
      const number = `+3363998${n}` as Msisdn;
      await database.transaction(async (tx) => {
        await insertContract(
          tx,
          {
            ...{ id: contractId, brand: 'exemple', kind: 'MOBILE', segment: 'consumer', offerRange: 'standard' },
            ...{ customerRef: `C${n}`, contractRef: `K${n}`, holderPersonId: holder.personId, startedAt: start },
            ...changes,
            address: changes.address == null ? null : JSON.stringify(changes.address),
            home: changes.home == null ? null : JSON.stringify(changes.home),
          },
          [{ accountId: holder.accountId, relation: 'holder', since: start }],
        );
        const hasLine = changes.kind === undefined || changes.kind === 'MOBILE' || changes.kind === 'OPEN';
        if (hasLine) await insertLine(tx, { id: lineId, brand: 'exemple', msisdn: number, kind: 'mobile', contractId });
      });
      return { contractId, lineId, number };
    },
    /** What is printed on the papers of its holder. */
    references({ contractId }: SoldContract) {
      const n = contractId.slice(-4);
      return { customerRef: `C${n}`, contractRef: `K${n}` };
    },
    /** Makes somebody the proxy of a contract; gives the proxy's id. */
    async proxy({ contractId }: SoldContract, { accountId }: Person): Promise<string> {
      const id = `prx_${next()}`;
      const { db } = database;
      await db
        .insertInto('accountContracts')
        .values({ accountId, contractId, relation: 'proxy', since: start })
        .execute();
      const row = { id, contractId, accountId, grantedVia: 'sms_code' as const, since: start };
      await db.insertInto('proxies').values(row).execute();
      return id;
    },
  };
}
