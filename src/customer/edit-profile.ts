// Names and civility, as far as nobody has checked them; language and channels of messages (B45).
import type { AccountNotices } from '../messaging/account-notices.ts';
import type { Audit } from '../ops/audit.ts';
import {
  findPreferences,
  putPreferences,
  type StoredPreferences,
  takePersonOfAccount,
  takePreferences,
  updatePerson,
} from '../storage/account-changes.ts';
import { type Database, readAppNow, type Tx } from '../storage/database.ts';
import type {
  AccountCaller,
  EditResult,
  NoticeChannel,
  Preferences,
  PreferencesResult,
  ProfileChanges,
  Topic,
} from './account-types.ts';
import { readProfile } from './profile.ts';
import { isVersion, versionOf } from './versions.ts';

export interface EditProfileDeps {
  readonly database: Database;
  readonly audit: Audit<Tx>;
  readonly notices: Pick<AccountNotices, 'profileChanged'>;
  readonly randomBytes: (size: number) => Buffer;
}

/** Changes what is given; all of it or nothing. */
export async function editProfile(
  deps: EditProfileDeps,
  { accountId, ifMatch }: AccountCaller,
  changes: ProfileChanges,
): Promise<EditResult> {
  return await deps.database.transaction(async (tx): Promise<EditResult> => {
    const person = await takePersonOfAccount(tx, accountId);
    const before = person && (await readProfile({ database: { db: tx } }, accountId));
    if (person === undefined || before === undefined) return { kind: 'not-found' };
    if (!isVersion(ifMatch, versionOf(before))) return { kind: 'stale' };
    const fields = changedFields(before, changes);
    const fixed = person.isChecked ? fields.filter((field) => field !== 'civility') : [];
    if (fixed.length > 0) return { kind: 'read-only', fields: fixed };
    if (fields.length === 0) return { kind: 'changed', profile: before };
    await updatePerson(tx, person.personId, changes);
    await deps.audit.profileChanged(tx, { accountId, fields });
    const at = await readAppNow(tx);
    const eventId = `profile:${deps.randomBytes(12).toString('base64url')}`;
    await deps.notices.profileChanged(tx, { accountId, at, eventId });
    const profile = await readProfile({ database: { db: tx } }, accountId);
    return profile === undefined ? { kind: 'not-found' } : { kind: 'changed', profile };
  });
}

const editable = ['civility', 'givenName', 'familyName'] as const;

function changedFields(before: ProfileChanges, changes: ProfileChanges): (typeof editable)[number][] {
  return editable.filter((field) => changes[field] !== undefined && changes[field] !== before[field]);
}

const usual: Readonly<Record<Topic, readonly NoticeChannel[]>> = {
  security: ['email', 'sms'],
  contracts: ['email'],
  orders: ['email'],
  usage: ['sms'],
  billing: ['email'],
  mailbox: ['email'],
  news: [],
};

/** The preferences of an open account; what was never changed is as usual. */
export async function readPreferences(
  { database }: Pick<EditProfileDeps, 'database'>,
  accountId: string,
): Promise<Preferences | undefined> {
  const stored = await findPreferences(database.db, accountId);
  return stored && preferencesOf(stored);
}

/** Keeps them as a whole. */
export async function keepPreferences(
  deps: Pick<EditProfileDeps, 'database' | 'audit'>,
  { accountId, ifMatch }: AccountCaller,
  { locale, topics }: Preferences,
): Promise<PreferencesResult> {
  if (usual.security.some((channel) => !topics.security.includes(channel))) return { kind: 'security-off' };
  return await deps.database.transaction(async (tx): Promise<PreferencesResult> => {
    const stored = await takePreferences(tx, accountId);
    if (stored === undefined) return { kind: 'not-found' };
    if (!isVersion(ifMatch, versionOf(preferencesOf(stored)))) return { kind: 'stale' };
    const preferences = preferencesOf({ locale, topics });
    await putPreferences(tx, accountId, preferences);
    await deps.audit.preferencesChanged(tx, { accountId });
    return { kind: 'kept', preferences };
  });
}

/** In one order, so that the same choice is the same version. */
function preferencesOf(stored: StoredPreferences): Preferences {
  const { locale } = stored;
  const chosen = (topic: Topic) => channelsOf(stored, topic);
  return {
    locale,
    topics: {
      ...{ security: chosen('security'), contracts: chosen('contracts'), orders: chosen('orders') },
      ...{ usage: chosen('usage'), billing: chosen('billing'), mailbox: chosen('mailbox'), news: chosen('news') },
    },
  };
}

/** The channels of a topic as the customer chose them, or as usual; none for an account that is not there. */
export function channelsOf(stored: StoredPreferences | undefined, topic: string): readonly NoticeChannel[] {
  if (stored === undefined) return [];
  const wanted = stored.topics?.[topic] ?? (isTopic(topic) ? usual[topic] : []);
  return (['email', 'sms'] as const).filter((channel) => topic === 'security' || wanted.includes(channel));
}

function isTopic(topic: string): topic is Topic {
  return Object.hasOwn(usual, topic);
}
