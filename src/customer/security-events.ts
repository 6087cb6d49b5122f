// What happened to an account, from the audit journal, for the customer herself: her own events only, as words.
import type { MasterKey } from '../ops/master-key.ts';
import type { Database } from '../storage/database.ts';
import { type JournalEntry, listJournalOfAccount } from '../storage/security-events.ts';
import type { Paged, SecurityEvent } from './account-types.ts';

export interface SecurityEventDeps {
  readonly database: Pick<Database, 'db'>;
  readonly masterKey: Pick<MasterKey, 'index'>;
  /** Name of a relying party; undefined if it has gone. */
  readonly clientName: (clientId: string) => Promise<string | undefined>;
}

/**
 * Actions of the journal that carry an account and say something to the customer. Each has its words in every client's
 * own pages.
 */
export const securityEventNames = [
  'sign_in.approved',
  'password.login',
  'password.failed',
  'password.set',
  'password.change_failed',
  'account.opened',
  'activation.begun',
  'activation.failed',
  'pin.created',
  'service.linked',
  'service.unlinked',
  'deactivation.refused',
  'line.suspended',
  'line.reactivated',
  'sim.replaced',
  'sim.number_refused',
  'puk.shown',
  'profile.changed',
  'preferences.changed',
  'contact.change_started',
  'contact.changed',
  'address.changed',
  'bank_details.read',
  'bank_details.change_started',
  'bank_details.changed',
  'bank_details.change_refused',
  'attachment.identified',
  'line.code-sent',
  'line.approved',
  'line.approval-revoked',
  'contract.attached',
  'contract.detached',
  'proxy.contested',
  'proxy.ended',
  'mailbox.opened',
  'mailbox.deleted',
  'mailbox.followed-contract',
  'mail-alias.added',
  'mail-alias.removed',
  'order.placed',
  'consent.withdrawn',
  'session.revoked',
  'ciba.approved',
  'ciba.refused',
] as const;

/** One page of them, newest first. */
export async function readSecurityEvents(
  { database, masterKey, clientName }: SecurityEventDeps,
  { accountId, offset, limit }: { accountId: string; offset: number; limit: number },
): Promise<Paged<SecurityEvent>> {
  const query = { accountId, actions: securityEventNames, offset, limit };
  const { entries, total } = await listJournalOfAccount(database.db, query);
  const clients = new Set(entries.flatMap(({ actor }) => clientOf(actor) ?? []));
  const names = new Map(await Promise.all([...clients].map(async (id) => [id, await clientName(id)] as const)));
  const items = entries.map(
    ({ id, at, action, actor, outcome }): SecurityEvent => ({
      // The journal's own numbers would tell how much happens to others.
      id: `evt_${masterKey.index('event', String(id)).toString('base64url').slice(0, 22)}`,
      at,
      event: action,
      outcome: outcome === 'failure' ? 'failure' : 'success',
      client: names.get(clientOf(actor) ?? ''),
      by: authorOf(actor),
    }),
  );
  return { items, total };
}

function clientOf(actor: string): string | undefined {
  return actor.startsWith('client:') ? actor.slice('client:'.length) : undefined;
}

function authorOf(actor: JournalEntry['actor']): SecurityEvent['by'] {
  if (actor === 'sim') return 'phone';
  if (actor === 'staff') return 'operator';
  // By the link of an e-mail: somebody else, whom this account is not told of.
  return actor === 'system' || actor === 'link' ? 'system' : 'customer';
}
