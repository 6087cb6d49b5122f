// The notification centre: per account, in the reader's language, each event once, security kept until it was read.
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createNotificationCentre, type NotificationCentre } from '../../../src/customer/notification-centre.ts';
import { engines, openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createContractWorld, type Person } from './contract-world.ts';

const page = { locale: 'fr', offset: 0, limit: 20 } as const;

describe.each(engines)('the notification centre on %s', (engine) => {
  let open: TestDatabase;
  let world: ReturnType<typeof createContractWorld>;
  let centre: NotificationCentre;
  let alice: Person;
  let bruno: Person;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
    world = createContractWorld(open.database);
    centre = createNotificationCentre({ database: open.database, randomBytes, timeZone: 'Europe/Paris' });
    alice = await world.person();
    bruno = await world.person();
  });
  afterAll(() => open.close());

  const tell = (notice: Parameters<NotificationCentre['notify']>[1]) =>
    open.database.transaction((tx) => centre.notify(tx, notice));
  const line = '+33 6 39 98 ** 01';
  const suspended = (accountId: Person['accountId'], eventId?: string) =>
    tell({
      ...{ accountId, topic: 'security', key: 'line-suspended', ...(eventId === undefined ? {} : { eventId }) },
      params: { line, at: '2026-03-01T22:30:00Z' },
    });

  test('B54 says what happened in the language and the time of the reader, and to nobody else', async () => {
    await suspended(alice.accountId, 'e1');
    const [fr] = (await centre.list(alice.accountId, page)).items;
    expect(fr).toMatchObject({ topic: 'security', subject: 'Une ligne est suspendue', readAt: undefined });
    expect(fr?.content).toContain(`${line} est suspendu depuis le 1 mars à 23:30`);
    const [en] = (await centre.list(alice.accountId, { ...page, locale: 'en' })).items;
    expect(en?.content).toContain('since 1 March at 23:30');
    expect(await centre.list(bruno.accountId, page)).toEqual({ items: [], total: 0, unread: 0 });
  });

  test('B54 tells an event once, however often and however many at once it is worked on', async () => {
    const { accountId } = await world.person();
    await Promise.all(Array.from({ length: 20 }, () => suspended(accountId, 'one-event')));
    expect((await centre.list(accountId, page)).total).toBe(1);
    await suspended(accountId);
    await suspended(accountId);
    expect((await centre.list(accountId, page)).total).toBe(3);
  });

  test('B54 counts the unread, marks one or all as read, and keeps when it was read first', async () => {
    const { accountId } = await world.person();
    for (const eventId of ['a', 'b', 'c']) await suspended(accountId, eventId);
    const [first] = (await centre.list(accountId, page)).items;
    const read = await centre.read(accountId, first?.id ?? '', 'fr');
    expect(read?.readAt).toBeInstanceOf(Date);
    expect((await centre.read(accountId, first?.id ?? '', 'fr'))?.readAt).toEqual(read?.readAt);
    expect(await centre.read(bruno.accountId, first?.id ?? '', 'fr')).toBeUndefined();
    expect(await centre.unread(accountId)).toBe(2);
    expect((await centre.list(accountId, { ...page, read: false })).total).toBe(2);
    expect(await centre.readAll(accountId)).toBe(2);
    expect(await centre.readAll(accountId)).toBe(0);
  });

  test('B54 keeps a notice of security until it was read; others may be thrown away unread', async () => {
    const { accountId } = await world.person();
    await suspended(accountId);
    await tell({ accountId, topic: 'info', key: 'unknown' });
    const { items } = await centre.list(accountId, page);
    const idOf = (topic: string) => items.find((one) => one.topic === topic)?.id ?? '';
    expect(await centre.remove(accountId, idOf('info'))).toBe('deleted');
    expect(await centre.remove(accountId, idOf('security'))).toBe('unread');
    expect(await centre.remove(bruno.accountId, idOf('security'))).toBe('none');
    await centre.read(accountId, idOf('security'), 'fr');
    expect(await centre.remove(accountId, idOf('security'))).toBe('deleted');
    expect(await centre.remove(accountId, idOf('security'))).toBe('none');
  });

  test('shows the newest first, a page at a time', async () => {
    const { accountId } = await world.person();
    for (let n = 0; n < 5; n++)
      await tell({ accountId, topic: 'info', key: 'mc-linked', params: { account: `n${n}` } });
    const { items, total } = await centre.list(accountId, { ...page, offset: 1, limit: 2 });
    expect(total).toBe(5);
    expect(items.map(({ content }) => /«\s(n\d)\s»/.exec(content)?.[1])).toEqual(['n3', 'n2']);
  });

  test('keeps the order of those that were told at the same moment', async () => {
    const { accountId } = await world.person();
    for (let n = 0; n < 5; n++)
      await tell({ accountId, topic: 'info', key: 'mc-linked', params: { account: `n${n}` } });
    await open.database.db
      .updateTable('notifications')
      .set({ createdAt: new Date() })
      .where('accountId', '=', accountId)
      .execute();
    const { items } = await centre.list(accountId, page);
    expect(items.map(({ content }) => /«\s(n\d)\s»/.exec(content)?.[1])).toEqual(['n4', 'n3', 'n2', 'n1', 'n0']);
  });

  test('takes no key without words and no link to elsewhere; a value is never taken for an instruction', async () => {
    const { accountId } = await world.person();
    await expect(tell({ accountId, topic: 'info', key: 'no-such-key' })).rejects.toThrow('no-such-key');
    for (const link of ['https://evil.example', '//evil.example', 'x'])
      await expect(tell({ accountId, topic: 'info', key: 'unknown', link })).rejects.toThrow('links');
    const account = '$t(unknown.title) {{line}}';
    await tell({ accountId, topic: 'info', key: 'mc-linked', params: { account, line: 'L' } });
    const [one] = (await centre.list(accountId, page)).items;
    expect(one?.content).toContain('$t(unknown.title)');
  });

  test('still shows the rest when the words of an old notice have gone', async () => {
    const { accountId } = await world.person();
    await tell({ accountId, topic: 'info', key: 'mc-linked', eventId: 'old' });
    await open.database.db.updateTable('notifications').set({ key: 'gone' }).where('eventId', '=', 'old').execute();
    const [one] = (await centre.list(accountId, page)).items;
    expect(one?.subject).toBe('Une information');
  });

  test('goes with the transaction of its event', async () => {
    const { accountId } = await world.person();
    const failed = open.database.transaction(async (tx) => {
      await centre.notify(tx, { accountId, topic: 'info', key: 'unknown' });
      throw new Error('undone');
    });
    await expect(failed).rejects.toThrow('undone');
    expect(await centre.unread(accountId)).toBe(0);
  });
});

describe('the words of notifications', () => {
  const folder = new URL('../../../views/notifications/', import.meta.url);
  const read = (locale: string) =>
    Object.assign(
      {},
      ...readdirSync(folder)
        .filter((name) => name.endsWith(`${locale}.json`))
        .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8'))),
    ) as Record<string, Record<string, unknown>>;
  const fr = read('fr');
  const en = read('en');
  const placesOf = (value: unknown) => [...JSON.stringify(value).matchAll(/\{\{\w+\}\}/g)].map(String).sort();
  test('are the same in both languages, with the same values, a title and a text each', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(fr).sort());
    for (const [key, words] of Object.entries(fr)) {
      expect([key, new Set(placesOf(en[key]))]).toEqual([key, new Set(placesOf(words))]);
      if (key !== 'word') expect([key, Object.keys(words).sort()]).toEqual([key, ['text', 'title']]);
    }
  });
  test('have a no-break space before French double punctuation', () => {
    expect(JSON.stringify(fr).replace(/":"|": "/g, '')).not.toMatch(/ [;!?€»]| :(?!")/);
  });
});
