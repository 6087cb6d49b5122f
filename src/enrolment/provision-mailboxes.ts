// Mailboxes in what `subscriber import` reads: the main one that every account has had, and secondary ones.
import { z } from 'zod';
import type { AccountId, Email } from '../identifiers.ts';
import type { Tx } from '../storage/database.ts';
import { isAliasAddress, takeAddress } from '../storage/mail-addresses.ts';
import { insertMailbox } from '../storage/mailboxes.ts';
import { insertAccount, insertPerson, putPassword } from '../storage/provisioning.ts';
import type { ProvisionDeps } from './provision.ts';

/** The address is the login of an account of its own. */
export const mailboxSchema = (email: z.ZodType<Email, string>) =>
  z.object({
    email,
    civility: z.enum(['Mme', 'M.']).nullable().default(null),
    givenName: z.string().min(1).max(50),
    familyName: z.string().min(1).max(50),
    passwordHash: z.string().optional(),
  });

type SecondaryMailbox = z.output<ReturnType<typeof mailboxSchema>>;

interface MainMailbox {
  readonly accountId: AccountId;
  readonly brand: string;
  readonly email: Email;
}

/** Writes the mailbox of a main account. Throws if its address is an alias of another one (X95). */
export async function writeMainMailbox(deps: ProvisionDeps, tx: Tx, { email, ...main }: MainMailbox): Promise<void> {
  const id = deps.idFor('mbx', email);
  await insertMailbox(tx, { ...main, id, kind: 'primary', address: email, createdAt: deps.now() });
  await give(tx, { brand: main.brand, address: email, mailboxId: id });
}

// Main addresses that differ by dots alone were given out long ago: the first one has the form for both.
async function give(tx: Tx, { mailboxId, ...place }: { brand: string; address: string; mailboxId: string }) {
  const taken = !(await takeAddress(tx, place, { use: 'mailbox', mailboxId }));
  if (taken && (await isAliasAddress(tx, place.address)))
    throw new Error('the e-mail address is an alias of another mailbox');
}

interface SecondaryMailboxes {
  readonly parentAccountId: AccountId;
  readonly brand: string;
  readonly mailboxes: readonly SecondaryMailbox[];
}

/** Writes the secondary mailboxes of a main account; there are slots for nine. */
export async function writeSecondaryMailboxes(deps: ProvisionDeps, tx: Tx, all: SecondaryMailboxes): Promise<void> {
  for (const [index, mailbox] of all.mailboxes.entries()) {
    await writeSecondary(deps, tx, { ...all, mailbox, slot: index + 1 });
  }
}

async function writeSecondary(
  deps: ProvisionDeps,
  tx: Tx,
  { parentAccountId, brand, mailbox, slot }: SecondaryMailboxes & { mailbox: SecondaryMailbox; slot: number },
): Promise<void> {
  const { email, passwordHash, ...names } = mailbox;
  const { givenName, familyName } = names;
  const personId = deps.idFor('per', email);
  const accountId = deps.idFor('acc', email) as AccountId;
  const createdAt = deps.now();
  const unknown = { birthName: null, birthDate: null, birthPlace: null, birthCountry: null, gender: null };
  await insertPerson(tx, { id: personId, ...names, ...unknown, civilGivenNames: null, identityCheckedAt: null });
  await insertAccount(
    tx,
    {
      ...{ id: accountId, brand, kind: 'secondary', personId, parentAccountId, createdAt },
      ...{ label: `${givenName} ${familyName}`, contactEmail: email, contactEmailVerifiedAt: createdAt },
    },
    [{ kind: 'email', lookupHash: deps.masterKey.index('email', email) }],
  );
  if (passwordHash !== undefined) await putPassword(tx, { accountId, passwordHash, changedAt: createdAt });
  const id = deps.idFor('mbx', email);
  const row = { id, brand, kind: 'secondary' as const, accountId, parentAccountId, slot, address: email, createdAt };
  await insertMailbox(tx, { ...row, ...names });
  await give(tx, { brand, address: email, mailboxId: id });
}
