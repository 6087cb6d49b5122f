// Mailboxes on a real database: holders of Internet with a home network, the desk as the provider wires it, and what
// was told.
import { randomBytes } from 'node:crypto';
import { hashPassword } from '../../../src/authentication/password.ts';
import { createMailboxDesk, type MailboxDeskDeps } from '../../../src/customer/mailbox-desk.ts';
import type { MailboxCaller, MailboxUser, MailboxView } from '../../../src/customer/mailbox-types.ts';
import { type AccountId, newId } from '../../../src/identifiers.ts';
import type { MailboxNotices } from '../../../src/messaging/mailbox-notices.ts';
import { readMailDomains } from '../../../src/ops/config-mailboxes.ts';
import { createMasterKey } from '../../../src/ops/master-key.ts';
import type { ContractRow } from '../../../src/storage/contract-tables.ts';
import type { Database } from '../../../src/storage/database.ts';
import { addHomeNetworks } from '../../../src/storage/home-networks.ts';
import { createRateLimit } from '../../../src/storage/rate-limits.ts';
import { createContractWorld, type Person, type SoldContract } from './contract-world.ts';

export const goodPassword = 'quatre saisons au jardin';
export const lea: MailboxUser = { civility: 'Mme', givenName: 'Léa', familyName: 'Garcia' };

export interface Told {
  readonly what: string;
  readonly holder: string;
  readonly user: string;
  readonly address: string;
}

export interface Holder extends Person, SoldContract {
  /** Inside her home network. */
  readonly home: string;
  readonly atHome: MailboxCaller;
  readonly away: MailboxCaller;
  readonly withPin: MailboxCaller;
}

/** An alias of the main mailbox of somebody who has nothing else here. */
export async function giveAlias({ db }: Database, accountId: AccountId, address: string): Promise<void> {
  const createdAt = new Date('2026-03-01T08:00:00Z');
  const mailbox = { id: `mbx_${address}`, brand: 'exemple', kind: 'primary' as const, accountId, createdAt };
  await db
    .insertInto('mailboxes')
    .values({ ...mailbox, address: `main-${address}` })
    .execute();
  const alias = { id: `mba_${address}`, mailboxId: mailbox.id, slot: 1, address, createdAt };
  await db.insertInto('mailboxAliases').values(alias).execute();
  const place = { brand: 'exemple', form: address, use: 'alias' as const, aliasId: alias.id };
  await db.insertInto('mailAddresses').values(place).execute();
}

/** Makes the functions over one database. */
export function createMailboxWorld(database: Database) {
  const contracts = createContractWorld(database);
  const told: Told[] = [];
  const tell = (what: string) => async (_tx: unknown, event: { holder: AccountId; user: AccountId; address: string }) =>
    void told.push({ what, holder: event.holder, user: event.user, address: event.address });
  const notices: MailboxNotices = {
    opened: tell('opened'),
    deleted: tell('deleted'),
    readOnly: tell('read-only'),
    aliasChanged: tell('alias'),
  };
  const masterKey = createMasterKey({ current: Buffer.alloc(32, 7) }, randomBytes);
  const deps: MailboxDeskDeps = {
    ...{ database, masterKey, audit: contracts.audit, notices, randomBytes },
    domains: readMailDomains('exemple=exemple.test')!,
    probes: createRateLimit(database, { name: 'mailbox-probe', points: 10_000, seconds: 3_600 }),
    hashPassword: (password) => hashPassword(password, { memoryKib: 1_024, passes: 2 }),
    rules: { draftMinutes: 15, quarantineMonths: 6, readOnlyDays: 60, termsVersion: 'v1' },
  };
  const desk = createMailboxDesk(deps);
  let homes = 9;
  let names = 0;

  /** Somebody who holds Internet and has a home of her own. */
  const holder = async (changes: Partial<ContractRow> = {}, networks?: readonly string[]): Promise<Holder> => {
    const person = await contracts.person();
    const contract = await contracts.contract(person, { kind: 'INTERNET', ...changes });
    const home = `192.0.2.${++homes}`;
    await database.transaction((tx) => addHomeNetworks(tx, contract.contractId, networks ?? [`${home}/32`]));
    const { accountId } = person;
    const atHome = { accountId, address: home, withPin: false };
    const away = { ...atHome, address: '203.0.113.9' };
    return { ...person, ...contract, home, atHome, away, withPin: { ...away, withPin: true } };
  };

  /** A draft with address and password, ready to be confirmed. */
  const ready = async (caller: MailboxCaller, localPart = `boite${++names}`): Promise<string> => {
    const begun = await desk.begin(caller, lea);
    if (begun.kind !== 'ok') throw new Error(begun.kind);
    const { id } = begun.draft;
    for (const step of [
      await desk.chooseAddress(caller.accountId, id, localPart),
      await desk.setPassword(caller.accountId, id, goodPassword),
    ]) {
      if (step.kind !== 'ok') throw new Error(step.kind);
    }
    return id;
  };

  return {
    ...{ contracts, desk, deps, told, holder, ready, masterKey },
    /** Opens one, all the way. */
    async open(caller: MailboxCaller, localPart?: string): Promise<MailboxView> {
      const result = await desk.confirm(caller, await ready(caller, localPart));
      if (result.kind !== 'ok') throw new Error(result.kind);
      return result.mailbox;
    },
    /** Fills slots without the steps. */
    async fill({ accountId }: Person, count: number): Promise<void> {
      for (let slot = 1; slot <= count; slot++) {
        const user = newId('acc', randomBytes) as AccountId;
        const account = { id: user, brand: 'exemple', kind: 'secondary' as const, parentAccountId: accountId };
        const createdAt = new Date('2026-03-01T08:00:00Z');
        await database.db
          .insertInto('accounts')
          .values({ ...account, label: 'x', createdAt })
          .execute();
        const mailbox = {
          id: newId('mbx', randomBytes),
          brand: 'exemple',
          kind: 'secondary' as const,
          slot,
          createdAt,
        };
        const address = `${mailbox.id.toLowerCase()}@exemple.test`;
        await database.db
          .insertInto('mailboxes')
          .values({ ...mailbox, address, accountId: user, parentAccountId: accountId })
          .execute();
      }
    },
    /** Moves the domain clock forward. */
    async pass(seconds: number): Promise<void> {
      await database.db
        .updateTable('domainClock')
        .set((eb) => ({ offsetSeconds: eb('offsetSeconds', '+', seconds) }))
        .execute();
    },
  };
}

export type MailboxWorld = ReturnType<typeof createMailboxWorld>;
