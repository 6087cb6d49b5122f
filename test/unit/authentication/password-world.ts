// Passwords over a real database: people with a mailbox and a number, the codes that were sent, what was told and ended.
import { randomBytes, randomUUID } from 'node:crypto';
import { createOneTimeCodes } from '../../../src/authentication/one-time-code.ts';
import { createPasswordVerifier, hashPassword } from '../../../src/authentication/password.ts';
import { createPasswordChange } from '../../../src/authentication/password-change.ts';
import { createPasswordResets } from '../../../src/authentication/password-reset.ts';
import type { PasswordResetVisit } from '../../../src/authentication/password-reset-types.ts';
import { createOpenAccounts } from '../../../src/enrolment/open-account.ts';
import { createMasterKey } from '../../../src/ops/master-key.ts';
import type { Database, Tx } from '../../../src/storage/database.ts';
import { putPassword } from '../../../src/storage/provisioning.ts';
import { createRateLimit } from '../../../src/storage/rate-limits.ts';
import { createContractWorld, type Person, type SoldContract } from '../customer/contract-world.ts';
import { recordStatements } from './sign-in-world.ts';

export const oldPassword = 'old-demo-password';
export const newPassword = 'corbeau violet agrafe';
const cost = { memoryKib: 64, passes: 1 };

export interface Customer extends Person, SoldContract {
  readonly email: string;
}

/** Makes the world over one database; `codesPerHour` bounds one recipient. */
export async function createPasswordWorld(plain: Database, { codesPerHour = 1_000 } = {}) {
  const { database, statements } = recordStatements(plain);
  const masterKey = createMasterKey({ current: randomBytes(32) }, randomBytes);
  const people = createContractWorld(plain);
  const verifier = await createPasswordVerifier(randomBytes, { parallel: 4, cost });
  const limit = (points: number) => createRateLimit(database, { name: randomUUID(), points, seconds: 3_600 });
  const codes = createOneTimeCodes({
    ...{ database, masterKey, randomBytes },
    limits: { recipient: [limit(codesPerHour)], address: [limit(1_000)] },
    rules: { lifeSeconds: 600, tries: 3 },
  });
  const sent: { codeId: string; recipient: string | null; medium: string }[] = [];
  const told: { accountId: string; how?: string; lineIds?: readonly string[] }[] = [];
  const ended: { accountId: string; current: string | undefined; open: number }[] = [];
  const verified: (string | undefined)[] = [];
  const deps = {
    ...{ database, masterKey, codes, randomBytes, audit: people.audit },
    verifier: {
      verify(stored: string | undefined, password: string) {
        verified.push(stored);
        return verifier.verify(stored, password);
      },
    },
    hash: (password: string) => hashPassword(password, cost),
    async endOthers(accountId: string, current: string | undefined) {
      const open = await plain.db
        .selectFrom('oidcRecords')
        .select('model')
        .where('accountId', '=', accountId)
        .execute();
      ended.push({ accountId, current, open: open.length });
    },
    notices: {
      passwordSet: async (_tx: Tx, notice: { accountId: string; how: string; lineIds: readonly string[] }) =>
        void told.push(notice),
      accountOpened: async (_tx: Tx, about: { accountId: string }) => void told.push(about),
    },
  };
  const rules = { flowSeconds: 1_800, robotSeconds: 300 };
  const resets = createPasswordResets({
    ...{ ...deps, rules, home: { path: '' } },
    sendCode: async (_tx, { codeId, accountId, medium }) => void sent.push({ codeId, medium, recipient: accountId }),
  });
  const browser = randomUUID();
  const world = {
    ...{ database: plain, masterKey, statements, codes, sent, told, ended, verified, resets, people, browser },
    change: createPasswordChange({ ...deps, limits: { account: limit(5), address: limit(1_000) } }),
    openAccounts: createOpenAccounts({
      ...{ ...deps, home: { path: '' } },
      rules: { ...rules, termsVersion: 'v1', isServed: (msisdn) => msisdn.startsWith('+3363998') },
      sendCode: async (_tx, { codeId, draftId, medium }) => void sent.push({ codeId, medium, recipient: draftId }),
    }),
    /** Somebody with a password, a mailbox and a number, both verified long ago. */
    async customer(): Promise<Customer> {
      const person = await people.person();
      const sold = await people.contract(person);
      const { accountId } = person;
      const email = `person-${accountId.slice(4)}@exemple.test`;
      await plain.transaction(async (tx) => {
        const passwordHash = await hashPassword(oldPassword, cost);
        await putPassword(tx, { accountId, passwordHash, changedAt: new Date() });
        const known = { contactMobile: sold.number, contactMobileVerifiedAt: new Date('2026-01-01') };
        await tx.updateTable('accounts').set(known).where('id', '=', accountId).execute();
        const identifiers = [['email', email] as const, ['msisdn', sold.number] as const];
        for (const [kind, value] of identifiers) {
          const lookupHash = masterKey.index(kind, value);
          await tx.insertInto('loginIdentifiers').values({ accountId, brand: 'exemple', kind, lookupHash }).execute();
        }
      });
      return { ...person, ...sold, email };
    },
    async begin(identifier: string): Promise<PasswordResetVisit> {
      const begun = await resets.begin({ brand: 'exemple', identifier, browser });
      if (begun.kind !== 'begun') throw new Error(begun.kind);
      return { id: begun.id, browser, address: '192.0.2.10' };
    },
    /** Answers the robot check of a flow rightly. */
    async passRobot(visit: PasswordResetVisit): Promise<void> {
      const view = await resets.view(visit);
      if (view?.step !== 'robot') throw new Error('there is no check');
      await resets.answerRobot(visit, String(view.sum[0] + view.sum[1]));
    },
    /** The digits of the last code, as its recipient reads them. */
    digits: async () => (await codes.open(sent.at(-1)?.codeId ?? ''))?.digits ?? '',
    /** Up to the step where the new password is chosen. */
    async upToPassword(identifier: string, channel: 'email' | 'mobile' = 'email'): Promise<PasswordResetVisit> {
      const visit = await world.begin(identifier);
      await world.passRobot(visit);
      await resets.chooseChannel(visit, channel);
      const entered = await resets.enterCode(visit, await world.digits());
      if (entered.kind !== 'ok') throw new Error(`the code was ${entered.kind}`);
      return visit;
    },
    /** Whether a password opens the account. */
    async opens({ accountId }: Pick<Person, 'accountId'>, password: string): Promise<boolean> {
      const row = await plain.db
        .selectFrom('passwords')
        .selectAll()
        .where('accountId', '=', accountId)
        .executeTakeFirst();
      return await verifier.verify(row?.passwordHash, password);
    },
  };
  return world;
}
