// Who has an address: a mailbox, an alias, a draft for a while, or nobody until its quarantine ends. One row for each
// form decides; taking one is one statement.
import { sql } from 'kysely';
import { appNow, type Db, type Tx } from './database.ts';

export interface AddressPlace {
  readonly brand: string;
  readonly address: string;
}

/** What may take an address. */
export type AddressUse =
  | { readonly use: 'mailbox'; readonly mailboxId: string; readonly draftId?: string | undefined }
  | { readonly use: 'alias'; readonly aliasId: string }
  | { readonly use: 'draft'; readonly draftId: string; readonly minutes: number };

/** Two addresses with one form are too alike to belong to two people: neither case nor dots count. */
export function addressForm(address: string): string {
  const [local = '', domain = ''] = address.toLowerCase().split('@');
  return `${local.replaceAll('.', '')}@${domain}`;
}

/** Takes an address that is free, or that this draft keeps already. */
export async function takeAddress(tx: Tx, { brand, address }: AddressPlace, by: AddressUse): Promise<boolean> {
  const draftId = 'draftId' in by ? (by.draftId ?? '') : '';
  const values = {
    use: by.use,
    mailboxId: by.use === 'mailbox' ? by.mailboxId : null,
    aliasId: by.use === 'alias' ? by.aliasId : null,
    draftId: by.use === 'draft' ? by.draftId : null,
    until: by.use === 'draft' ? sql<Date>`app_now() + make_interval(mins => ${by.minutes})` : null,
  };
  const rows = await tx
    .insertInto('mailAddresses')
    .values({ brand, form: addressForm(address), ...values })
    .onConflict((conflict) =>
      conflict
        .columns(['brand', 'form'])
        .doUpdateSet(values)
        .where((eb) => eb.or([eb('mailAddresses.until', '<=', appNow), eb('mailAddresses.draftId', '=', draftId)])),
    )
    .returning('form')
    .execute();
  return rows.length === 1;
}

/** Frees what a draft keeps, but for one address. */
export async function freeDraftAddresses(tx: Tx, draftId: string, butFor = ''): Promise<void> {
  await tx
    .deleteFrom('mailAddresses')
    .where('draftId', '=', draftId)
    .where('form', '<>', addressForm(butFor))
    .execute();
}

/** Keeps a draft's address for longer. */
export async function keepDraftAddress(tx: Tx, draftId: string, minutes: number): Promise<void> {
  const until = sql<Date>`app_now() + make_interval(mins => ${minutes})`;
  await tx.updateTable('mailAddresses').set({ until }).where('draftId', '=', draftId).execute();
}

/**
 * Takes an address from whoever has it and gives it to nobody for some months. Where it is somebody's contact it is a
 * verified one no more: later it will be another person's.
 */
export async function quarantineAddress(tx: Tx, { brand, address }: AddressPlace, months: number): Promise<void> {
  await tx
    .updateTable('mailAddresses')
    .set({
      ...{ use: 'quarantine', mailboxId: null, aliasId: null, draftId: null },
      until: sql<Date>`app_now() + make_interval(months => ${months})`,
    })
    .where('brand', '=', brand)
    .where('form', '=', addressForm(address))
    .execute();
  await tx
    .updateTable('accounts')
    .set({ contactEmailVerifiedAt: null })
    .where('contactEmail', '=', address)
    .where('contactEmailVerifiedAt', 'is not', null)
    .execute();
}

/** Which of these addresses somebody has. */
export async function listTakenAddresses(
  db: Db,
  { brand, addresses }: { brand: string; addresses: readonly string[] },
): Promise<Set<string>> {
  const rows = await db
    .selectFrom('mailAddresses')
    .select('form')
    .where('brand', '=', brand)
    .where('form', 'in', addresses.map(addressForm))
    .where((eb) => eb.or([eb('until', 'is', null), eb('until', '>', appNow)]))
    .execute();
  const forms = new Set(rows.map(({ form }) => form));
  return new Set(addresses.filter((address) => forms.has(addressForm(address))));
}

/** True for the address of an alias: it opens no login and receives no code of a reset (X95). */
export async function isAliasAddress(db: Db, address: string): Promise<boolean> {
  const row = await db
    .selectFrom('mailAddresses')
    .select('form')
    .where('form', '=', addressForm(address))
    .where('use', '=', 'alias')
    .executeTakeFirst();
  return row !== undefined;
}

/** Forgets reservations and quarantines that are over. */
export async function purgeAddresses(db: Db): Promise<void> {
  await db.deleteFrom('mailAddresses').where('until', '<=', appNow).execute();
}

/** The mailbox that mail to an address goes to; undefined: nobody has it, or its mailbox takes no mail any more. */
export async function findDelivery(
  db: Db,
  address: string,
): Promise<{ deliverTo: string; kind: 'mailbox' | 'alias'; status: string } | undefined> {
  const row = await db
    .selectFrom('mailAddresses')
    .leftJoin('mailboxAliases', 'mailboxAliases.id', 'mailAddresses.aliasId')
    .innerJoin('mailboxes', (join) =>
      join.on((eb) =>
        eb.or([
          eb('mailboxes.id', '=', eb.ref('mailAddresses.mailboxId')),
          eb('mailboxes.id', '=', eb.ref('mailboxAliases.mailboxId')),
        ]),
      ),
    )
    .select(['mailboxes.address as deliverTo', 'mailboxes.status', 'mailAddresses.use'])
    .where('mailAddresses.form', '=', addressForm(address))
    .where('mailboxes.status', '<>', 'deleted')
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { deliverTo, status, use } = row;
  return { deliverTo, kind: use === 'alias' ? 'alias' : 'mailbox', status };
}
