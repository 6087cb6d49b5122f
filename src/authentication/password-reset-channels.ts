// The channels that a forgotten password shows: those of the account, or ones that look like an account's, always the
// same for the same identifier, so that the list does not tell who has an account (B06, B08).
import type { MasterKey } from '../ops/master-key.ts';
import type { Db } from '../storage/database.ts';
import { listResetChannels } from '../storage/reset-channels.ts';
import type { ChannelId, ShownChannel } from './password-reset-types.ts';
import type { SignInIdentifier } from './sign-in-record.ts';

/** A channel with what it stands for; `value` is undefined where there is nobody. */
export interface OfferedChannel extends ShownChannel {
  readonly value: string | undefined;
}

export interface ChannelQuestion {
  readonly accountId: string | null;
  readonly brand: string;
  readonly identifier: SignInIdentifier;
}

/** The list for an identifier; the same statements whether or not it has an account. Never empty. */
export async function offeredChannels(
  db: Db,
  masterKey: MasterKey,
  question: ChannelQuestion,
): Promise<OfferedChannel[]> {
  const own = await listResetChannels(db, question.accountId ?? '');
  if (own.length === 0) return inventedChannels(masterKey, question);
  return own.map(({ id, value }) => ({ id, value, masked: maskChannel(id, value) }));
}

/** `j***@…`, `06 ** ** ** 01`: enough for whoever knows it, too little for whoever does not. */
export function maskChannel(id: ChannelId, value: string): string {
  if (id === 'email') return `${Array.from(value)[0] ?? ''}***@…`;
  const national = value.replace(/^\+(?:33|230)/, '0');
  return `${national.slice(0, 2)} ** ** ** ${national.slice(-2)}`;
}

// As often as names begin with them.
const initials = 'aaabbccdeefghijjjkllmmmnnopprrsstvy';

function inventedChannels(masterKey: MasterKey, { brand, identifier }: ChannelQuestion): OfferedChannel[] {
  const seed = masterKey.index('reset-channels', `${brand} ${identifier.kind} ${identifier.value}`);
  const [first = 0, second = 0, third = 0] = seed;
  const email = identifier.kind === 'email' ? identifier.value : (initials[first % initials.length] ?? 'a');
  const digits = `+33${second % 4 === 0 ? 7 : 6}000000${String(third % 100).padStart(2, '0')}`;
  const number = identifier.kind === 'msisdn' ? identifier.value : digits;
  const channels = [{ id: 'email', value: undefined, masked: maskChannel('email', email) }] as OfferedChannel[];
  // Some accounts have no number.
  const hasNumber = identifier.kind === 'msisdn' || first % 5 !== 0;
  if (hasNumber) channels.push({ id: 'mobile', value: undefined, masked: maskChannel('mobile', number) });
  return channels;
}
