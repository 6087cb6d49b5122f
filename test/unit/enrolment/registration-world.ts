// Registrations over a real database: people of brand `ile` with bills, a company with a Customer ID, the codes that
// were sent and what was told.
import { randomBytes, randomUUID } from 'node:crypto';
import { registrationRecipients } from '../../../src/app-registration.ts';
import { createOneTimeCodes } from '../../../src/authentication/one-time-code.ts';
import { createPasswordVerifier, hashPassword } from '../../../src/authentication/password.ts';
import { createRegistrations } from '../../../src/enrolment/registration.ts';
import type { RegistrationVisit } from '../../../src/enrolment/registration-types.ts';
import { type AccountId, type Msisdn, newCustomerId } from '../../../src/identifiers.ts';
import { createBrands } from '../../../src/ops/brands.ts';
import { builtInBrands } from '../../../src/ops/brands-built-in.ts';
import { createMasterKey } from '../../../src/ops/master-key.ts';
import { insertBillingAccount, insertCustomerGroup } from '../../../src/storage/billing-accounts.ts';
import type { ContractRow } from '../../../src/storage/contract-tables.ts';
import type { Database, Tx } from '../../../src/storage/database.ts';
import { createRateLimit } from '../../../src/storage/rate-limits.ts';
import { recordStatements } from '../authentication/sign-in-world.ts';
import { createContractWorld } from '../customer/contract-world.ts';

export const goodPassword = 'corbeau violet agrafe';
export const typedForm = { givenName: 'Anya', familyName: 'Li', email: 'anya@exemple.test', phone: '5 123 4567' };
const cost = { memoryKib: 64, passes: 1 };

/** Makes the world over one database; `sendingsPerHour` bounds one identifier. */
export async function createRegistrationWorld(plain: Database, { sendingsPerHour = 4 } = {}) {
  const { database, statements } = recordStatements(plain);
  const masterKey = createMasterKey({ current: randomBytes(32) }, randomBytes);
  const people = createContractWorld(plain);
  const verifier = await createPasswordVerifier(randomBytes, { parallel: 4, cost });
  const limit = (points: number) => createRateLimit(database, { name: randomUUID(), points, seconds: 3_600 });
  const codes = createOneTimeCodes({
    ...{ database, masterKey, randomBytes },
    limits: { recipient: [limit(sendingsPerHour)], address: [limit(10_000)] },
    rules: { lifeSeconds: 900, tries: 3 },
  });
  const sent: { codeId: string; registrationId: string; brand: string; tellOwner: boolean }[] = [];
  const told: { accountId: string; brand: string }[] = [];
  const brands = createBrands(builtInBrands);
  const registrations = createRegistrations({
    home: { path: '/ile' },
    ...{ database, masterKey, codes, randomBytes, audit: people.audit },
    sendCode: async (_tx: Tx, about) => void sent.push(about),
    notices: { registered: async (_tx: Tx, about) => void told.push(about) },
    hash: (password) => hashPassword(password, cost),
    kindsOf: (brand) => brands.of(brand).identifierKinds,
    rules: { flowSeconds: 1_800, codeSeconds: 900, passwordSeconds: 900, termsVersion: 'v1' },
  });
  let last = 0;
  const world = {
    ...{ database: plain, masterKey, statements, codes, sent, told, registrations, people },
    recipients: registrationRecipients({ config: { brands }, database: plain, masterKey }),
    /** A line with an Account ID, of the brand. */
    async billed(changes: Partial<ContractRow> = {}, customerGroupId: string | null = null) {
      const person = await people.person();
      const sold = await people.contract(person, { brand: 'ile', ...changes });
      const code = `90${String(++last).padStart(6, '0')}`;
      const id = `bac_${code}`;
      await plain.transaction((tx) =>
        insertBillingAccount(tx, {
          ...{ id, brand: 'ile', code, contractId: sold.contractId, lineId: sold.lineId, customerGroupId },
          ...{ holderPersonId: person.personId, createdAt: new Date() },
        }),
      );
      return { ...person, ...sold, id, code };
    },
    /** A company with a Customer ID. */
    async company(contactMobile: string | null = '+23059990077') {
      const customerId = newCustomerId(randomBytes);
      const id = `cgr_${++last}`;
      await plain.transaction((tx) =>
        insertCustomerGroup(tx, {
          ...{ id, brand: 'ile', name: 'Sucrerie du Morne', kind: 'company', createdAt: new Date() },
          customerIdHash: masterKey.index('customer_id', customerId),
          customerIdLast3: customerId.slice(-3),
          contactMobile: contactMobile as Msisdn | null,
        }),
      );
      return { id, customerId };
    },
    async begin(identifier: string, browser = 'b'): Promise<RegistrationVisit> {
      const begun = await registrations.begin({ brand: 'ile', locale: 'en', identifier, browser });
      if (begun.kind !== 'begun') throw new Error(begun.kind);
      return { id: begun.id, browser, address: '192.0.2.10' };
    },
    async upToCode(identifier: string): Promise<RegistrationVisit> {
      const visit = await world.begin(identifier);
      await registrations.fillForm(visit, typedForm);
      const outcome = await registrations.acceptTerms(visit, { accepted: true, termsVersion: 'v1' });
      if (outcome.kind !== 'ok') throw new Error(outcome.kind);
      return visit;
    },
    /** The digits of the last code of a flow. */
    async digits({ id }: RegistrationVisit): Promise<string> {
      const { codeId } = sent.findLast(({ registrationId }) => registrationId === id)!;
      return (await codes.open(codeId))?.digits ?? '';
    },
    async upToPassword(identifier: string): Promise<RegistrationVisit> {
      const visit = await world.upToCode(identifier);
      await registrations.enterCode(visit, await world.digits(visit));
      return visit;
    },
    async register(identifier: string): Promise<RegistrationVisit> {
      const visit = await world.upToPassword(identifier);
      await registrations.setPassword(visit, { password: goodPassword, confirmation: goodPassword });
      return visit;
    },
    /** The account that an identifier opens, with its identifier. */
    async accountOf(kind: 'account_id' | 'customer_id', value: string) {
      return await plain.db
        .selectFrom('loginIdentifiers')
        .innerJoin('accounts', 'accounts.id', 'loginIdentifiers.accountId')
        .innerJoin('passwords', 'passwords.accountId', 'accounts.id')
        .selectAll('accounts')
        .select('passwords.passwordHash')
        .where('loginIdentifiers.kind', '=', kind)
        .where('loginIdentifiers.lookupHash', '=', masterKey.index(kind, value))
        .executeTakeFirst();
    },
    /** What an account was registered for; undefined for any other. */
    async scopeOf(accountId: string): Promise<object | undefined> {
      const { db } = plain;
      const own = db.selectFrom('billingAccounts').select('id as billingAccountId');
      const group = db.selectFrom('customerGroups').select('id as customerGroupId');
      return (
        (await own.where('accountId', '=', accountId as AccountId).executeTakeFirst()) ??
        (await group.where('accountId', '=', accountId as AccountId).executeTakeFirst())
      );
    },
    verify: (hash: string | undefined, password: string) => verifier.verify(hash, password),
    async advance(seconds: number): Promise<void> {
      const { db } = plain;
      await db
        .updateTable('domainClock')
        .set((eb) => ({ offsetSeconds: eb('offsetSeconds', '+', seconds) }))
        .execute();
    },
  };
  return world;
}

export type RegistrationWorld = Awaited<ReturnType<typeof createRegistrationWorld>>;
