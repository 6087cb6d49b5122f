// The notification centre (B54): what an account is told, kept as a key and values, said in the reader's language.
// A use case calls `notify` in its own transaction; an event that is worked on twice is told once.
import { createTexts, type Locale, type Texts } from '../i18n.ts';
import { type AccountId, newId } from '../identifiers.ts';
import {
  countUnread,
  deleteNotification,
  insertNotification,
  listNotificationsOf,
  markAllNotificationsRead,
  markNotificationRead,
} from '../storage/customer-notifications.ts';
import type { Database, Tx } from '../storage/database.ts';
import type { LocalText, NotificationParams, NotificationRow, NotificationTopic } from '../storage/order-tables.ts';

export type { LocalText, NotificationParams, NotificationTopic };

export interface NewNotice {
  readonly accountId: AccountId;
  readonly topic: NotificationTopic;
  /** `<key>.title` and `<key>.text` are its words, in a file of views/notifications. */
  readonly key: string;
  /**
   * What the words are filled with; never a secret, a code or a full number. `at` and `until` are ISO 8601 and are
   * said as `{{day}}` and `{{time}}`; a value that has words `word.<name>.<value>` is said by them.
   */
  readonly params?: NotificationParams;
  /** A path of the customer area: where more is to be seen. */
  readonly link?: string;
  /** Names the event for all time; the account is told of it once. Without one each call is an event of its own. */
  readonly eventId?: string;
}

export interface NotificationView {
  readonly id: string;
  readonly topic: NotificationTopic;
  readonly subject: string;
  readonly content: string;
  readonly link: string | undefined;
  readonly sentAt: Date;
  readonly readAt: Date | undefined;
}

export interface NotificationQuery {
  readonly locale: Locale;
  readonly read?: boolean | undefined;
  readonly topic?: NotificationTopic | undefined;
  readonly offset: number;
  readonly limit: number;
}

export interface NotificationCentre extends Notifier {
  list(
    accountId: AccountId,
    query: NotificationQuery,
  ): Promise<{ items: NotificationView[]; total: number; unread: number }>;
  unread(accountId: AccountId): Promise<number>;
  /** Undefined: the account has none of that id. */
  read(accountId: AccountId, id: string, locale: Locale): Promise<NotificationView | undefined>;
  /** Gives how many were unread. */
  readAll(accountId: AccountId): Promise<number>;
  /** `unread`: a notice of security stays until it was read. */
  remove(accountId: AccountId, id: string): Promise<'deleted' | 'unread' | 'none'>;
}

/** The part that use cases need. */
export interface Notifier {
  /** Throws for a key without words and for a link that leads elsewhere: those are bugs. */
  notify(tx: Tx, notice: NewNotice): Promise<void>;
}

export interface NotificationCentreDeps {
  readonly database: Database;
  readonly randomBytes: (size: number) => Buffer;
  readonly timeZone: string;
  readonly texts?: Texts;
}

const folder = new URL('../../views/notifications/', import.meta.url);

/** The words of all notifications. */
export function notificationTexts(): Texts {
  return createTexts(folder);
}

/** Makes the part that writes. */
export function createNotifier(deps: Pick<NotificationCentreDeps, 'randomBytes' | 'texts'>): Notifier {
  const { randomBytes, texts = notificationTexts() } = deps;
  return {
    async notify(tx, { accountId, topic, key, params = {}, link, eventId }) {
      if (!texts.has(`${key}.title`)) throw new Error(`there are no words for the notification ${key}`);
      if (link !== undefined && !/^\/(?!\/)/.test(link)) throw new Error('a notification links to its own area');
      const id = newId('ntf', randomBytes);
      await insertNotification(tx, {
        ...{ id, accountId, topic, key, params, link: link ?? null, eventId: eventId ?? id },
      });
    },
  };
}

/** Makes the whole. */
export function createNotificationCentre(deps: NotificationCentreDeps): NotificationCentre {
  const { timeZone, texts = notificationTexts(), database } = deps;
  const { db } = database;
  const say = (row: NotificationRow, locale: Locale) => viewOf(row, { texts, timeZone, locale });
  return {
    ...createNotifier({ ...deps, texts }),
    async list(accountId, { locale, ...query }) {
      const { rows, total, unread } = await listNotificationsOf(db, { accountId, ...query });
      return { items: rows.map((row) => say(row, locale)), total, unread };
    },
    unread: (accountId) => countUnread(db, accountId),
    async read(accountId, id, locale) {
      const row = await markNotificationRead(db, { accountId, id });
      return row && say(row, locale);
    },
    readAll: (accountId) => markAllNotificationsRead(db, accountId),
    remove: (accountId, id) => deleteNotification(db, { accountId, id }),
  };
}

interface Saying {
  readonly texts: Texts;
  readonly timeZone: string;
  readonly locale: Locale;
}

function viewOf(row: NotificationRow, saying: Saying): NotificationView {
  const { texts, locale } = saying;
  // Its words may have gone with a later version: the rest of the list is shown all the same.
  const key = texts.has(`${row.key}.title`) ? row.key : 'unknown';
  const params = saidParams(row.params, saying);
  return {
    ...{ id: row.id, topic: row.topic, link: row.link ?? undefined },
    subject: texts.t(locale, `${key}.title`, params),
    content: texts.t(locale, `${key}.text`, params),
    sentAt: row.createdAt,
    readAt: row.readAt ?? undefined,
  };
}

function saidParams(params: NotificationParams, saying: Saying): Record<string, string | number> {
  const said: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(params)) {
    if (name === 'at' || name === 'until') Object.assign(said, dayAndTime(new Date(String(value)), saying));
    else if (typeof value === 'object') said[name] = value[saying.locale];
    else said[name] = wordOf(name, value, saying);
  }
  return said;
}

function wordOf(name: string, value: string | number, { texts, locale }: Saying): string | number {
  const key = `word.${name}.${value}`;
  return /^[\w-]+$/.test(String(value)) && texts.has(key) ? texts.t(locale, key) : value;
}

function dayAndTime(at: Date, { locale, timeZone }: Saying): Record<string, string> {
  const tag = locale === 'fr' ? 'fr-FR' : 'en-GB';
  return {
    day: new Intl.DateTimeFormat(tag, { timeZone, day: 'numeric', month: 'long' }).format(at),
    time: new Intl.DateTimeFormat(tag, { timeZone, hour: '2-digit', minute: '2-digit' }).format(at),
  };
}
