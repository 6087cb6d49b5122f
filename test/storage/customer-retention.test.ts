// How long notifications, questions and feedback of customers are kept (decision 57).
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../src/identifiers.ts';
import {
  answerContactRequest,
  insertFeedback,
  listContactRequests,
  purgeContactRequests,
  purgeFeedback,
  putContactRequest,
} from '../../src/storage/contact-requests.ts';
import {
  insertNotification,
  listNotificationsOf,
  markNotificationRead,
  purgeNotices,
} from '../../src/storage/customer-notifications.ts';
import type { Database } from '../../src/storage/database.ts';
import { advanceClock } from '../../src/storage/domain-clock.ts';
import type { NotificationTopic } from '../../src/storage/order-tables.ts';
import { engines, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { createContractWorld, type Person } from '../unit/customer/contract-world.ts';

describe.each(engines)('what is kept for customers on %s', (engine) => {
  let open: TestDatabase;
  let database: Database;
  let person: Person;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    database = open.database;
    person = await createContractWorld(database).person();
  });
  afterAll(() => open.close());

  const days = (count: number) => advanceClock(database.db, count * 86_400);
  const id = () => newId('ntf', randomBytes);

  async function notice(key: string, topic: NotificationTopic): Promise<string> {
    const row = { id: id(), accountId: person.accountId, topic, key, params: {}, link: null, eventId: key };
    await database.transaction((tx) => insertNotification(tx, row));
    return row.id;
  }
  const notices = async () => {
    const { rows } = await listNotificationsOf(database.db, { accountId: person.accountId, offset: 0, limit: 20 });
    return rows.map(({ key }) => key).sort();
  };

  async function question(idempotencyKey: string): Promise<string> {
    const asked = { id: id(), accountId: person.accountId, topic: 'line', text: '?', idempotencyKey };
    return (await database.transaction((tx) => putContactRequest(tx, asked))).row.id;
  }
  const questions = async () =>
    (await listContactRequests(database.db, person.accountId)).map(({ idempotencyKey }) => idempotencyKey).sort();

  const pages = async () => (await database.db.selectFrom('feedback').select('page').execute()).map(({ page }) => page);
  const feedback = (page: string) =>
    insertFeedback(database.db, { id: id(), brand: 'exemple', page, rating: 4, text: '' });

  test('notices go after their months, read or not; of security only those that were read', async () => {
    await notice('old', 'order');
    const { accountId } = person;
    await markNotificationRead(database.db, { accountId, id: await notice('read-alarm', 'security') });
    await notice('unread-alarm', 'security');
    await days(27);
    await notice('young', 'order');
    await purgeNotices(database.db, 1);
    expect(await notices()).toEqual(['old', 'read-alarm', 'unread-alarm', 'young'].sort());
    await days(5);
    await purgeNotices(database.db, 1);
    expect(await notices()).toEqual(['unread-alarm', 'young']);
  });

  test('questions go so long after their answer, and never without one', async () => {
    const answered = await question('answered');
    await question('open');
    await days(60);
    await database.transaction((tx) => answerContactRequest(tx, { id: answered, answer: 'Voilà' }));
    await purgeContactRequests(database.db, 1);
    expect(await questions()).toEqual(['answered', 'open']);
    await days(32);
    await purgeContactRequests(database.db, 1);
    expect(await questions()).toEqual(['open']);
  });

  test('feedback goes after its months', async () => {
    await feedback('old');
    await days(20);
    await feedback('young');
    await days(12);
    await purgeFeedback(database.db, 1);
    expect(await pages()).toEqual(['young']);
  });
});
