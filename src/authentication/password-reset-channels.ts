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
  const listed = await listResetChannels(db, question.accountId ?? '');
  const own = isRegistered(question) ? listed.filter(({ id }) => id === 'mobile') : listed;
  if (own.length === 0) return inventedChannels(masterKey, question);
  return own.map(({ id, value }) => ({ id, value, masked: maskChannel(id, value) }));
}

/** An Account ID or a Customer ID: its code goes where that of the registration went, and nowhere else (E05). */
function isRegistered({ identifier: { kind } }: ChannelQuestion): boolean {
  return kind === 'account_id' || kind === 'customer_id';
}

/** `j***@…`, `06 ** ** ** 01`: enough for whoever knows it, too little for whoever does not. */
export function maskChannel(id: ChannelId, value: string): string {
  if (id === 'email') return `${Array.from(value)[0] ?? ''}***@…`;
  // National numbers have no zero there.
  if (value.startsWith('+230')) return `${value.slice(4, 6)}** **${value.slice(-2)}`;
  const national = value.replace(/^\+33/, '0');
  return `${national.slice(0, 2)} ** ** ** ${national.slice(-2)}`;
}

// As often as names begin with them.
const initials = 'aaabbccdeefghijjjkllmmmnnopprrsstvy';

function inventedChannels(masterKey: MasterKey, question: ChannelQuestion): OfferedChannel[] {
  const { brand, identifier } = question;
  const seed = masterKey.index('reset-channels', `${brand} ${identifier.kind} ${identifier.value}`);
  const [first = 0, second = 0, third = 0] = seed;
  if (isRegistered(question)) return [inventedMobile(`+2305${second % 10}0000${twoDigits(third)}`)];
  const email = identifier.kind === 'email' ? identifier.value : (initials[first % initials.length] ?? 'a');
  const digits = `+33${second % 4 === 0 ? 7 : 6}000000${twoDigits(third)}`;
  const number = identifier.kind === 'msisdn' ? identifier.value : digits;
  const channels = [{ id: 'email', value: undefined, masked: maskChannel('email', email) }] as OfferedChannel[];
  // Some accounts have no number.
  const hasNumber = identifier.kind === 'msisdn' || first % 5 !== 0;
  if (hasNumber) channels.push(inventedMobile(number));
  return channels;
}

function inventedMobile(number: string): OfferedChannel {
  return { id: 'mobile', value: undefined, masked: maskChannel('mobile', number) };
}

function twoDigits(octet: number): string {
  return String(octet % 100).padStart(2, '0');
}
