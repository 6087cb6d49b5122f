// What is told by SMS and e-mail stands in the notification centre, too, in the same transaction.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createNotificationCentre, type NotificationCentre } from '../../../src/customer/notification-centre.ts';
import { tellCustomersInCentre, tellLinesInCentre, tellServiceInCentre } from '../../../src/customer/told-in-centre.ts';
import type { LineNotices } from '../../../src/messaging/line-notices.ts';
import { createMessageTexts } from '../../../src/messaging/texts.ts';
import { openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createContractWorld, type Person, type SoldContract } from './contract-world.ts';

const at = new Date('2026-03-01T08:00:00Z');
const until = new Date('2026-03-02T08:00:00Z');
const line = '+33 6 39 98 ** 01';

describe('the notification centre', () => {
  let open: TestDatabase;
  let world: ReturnType<typeof createContractWorld>;
  let centre: NotificationCentre;
  let holder: Person;
  let contract: SoldContract;
  const sent: string[] = [];
  /** Stands for the senders; notes what it was asked to send. */
  const senders = new Proxy({} as never, { get: (_all, name) => async () => void sent.push(String(name)) });
  beforeAll(async () => {
    open = await openTestDatabase('pglite');
    world = createContractWorld(open.database);
    centre = createNotificationCentre({ database: open.database, randomBytes, timeZone: 'Europe/Paris' });
  });
  afterAll(() => open.close());
  beforeEach(async () => {
    sent.length = 0;
    holder = await world.person();
    contract = await world.contract(holder);
  });
  const told = async () => (await centre.list(holder.accountId, { locale: 'en', offset: 0, limit: 50 })).items;

  test.each([
    ['lineSuspended', 'A line is suspended'],
    ['lineReactivated', 'A line is back in service'],
    ['simChanged', 'The SIM of a line has changed'],
    ['simNotActivated', 'A new SIM was not activated'],
    ['numberChanged', 'The number of a line has changed'],
    ['lineTerminated', 'A line has ended'],
    ['pukShown', 'A PUK was shown'],
    ['holdStarted', 'Mobile Connect waits after the change of SIM'],
    ['holdEnded', 'Mobile Connect can be used again'],
  ] satisfies [keyof LineNotices, string][])('B54 says of %s: %s', async (name, subject) => {
    const notices = tellLinesInCentre(senders, centre);
    const event = { lineId: contract.lineId, line, eventId: 'e', accounts: [holder.accountId], at, until };
    for (let n = 0; n < 2; n++)
      await open.database.transaction((tx) => notices[name](tx, { ...event, enrolled: true }));
    const items = await told();
    expect(items.map((one) => [one.topic, one.subject])).toEqual([['security', subject]]);
    expect(items[0]?.content).toContain(line);
    expect(items[0]?.content).not.toMatch(/\{\{|undefined|Invalid/);
    expect(sent).toEqual([name, name]);
  });

  test('B54 says that the service began, ended, or opens another account', async () => {
    const notices = tellServiceInCentre(senders, centre);
    const { accountId } = holder;
    await open.database.transaction(async (tx) => {
      await notices.activated(tx, { accountId, line, eventId: '1', until: null });
      await notices.activated(tx, { accountId, line, eventId: '2', until });
      await notices.deactivated(tx, { accountId, line, eventId: '3', at, last: true });
      await notices.accountLinked(tx, { accountId, line, eventId: '4', account: 'Hugo, pro' });
    });
    const contents = (await told()).map(({ content }) => content);
    expect(contents).toHaveLength(4);
    for (const words of ['log in with', 'opens your account from 2 March at 09:00', 'since 1 March', 'Hugo, pro'])
      expect(contents.some((content) => content.includes(words))).toBe(true);
  });

  test('B54 tells everybody whom the line concerns of a lock, of fraud, wrong PINs and muted requests', async () => {
    const notices = tellCustomersInCentre(senders, centre);
    const { lineId } = contract;
    const clientName = `Petite\nBoutique ${'x'.repeat(200)}`;
    await open.database.transaction(async (tx) => {
      await notices.serviceLocked(tx, { lineId, until, eventId: 'l' });
      await notices.fraudReported(tx, { lineId, clientName, eventId: 'f' });
      await notices.wrongPins(tx, { lineId, count: 2, clientName, eventId: 'w' });
      await notices.requestsMuted(tx, { lineId, clientName, until, eventId: 'm' });
      await notices.pinChanged(tx, { accountId: holder.accountId, at, eventId: 'p' });
    });
    const items = await told();
    expect(items.map(({ topic }) => topic)).toEqual(Array(5).fill('security'));
    expect(items.find(({ subject }) => subject === 'Mobile Connect is locked')?.content).toContain('2 March at 09:00');
    for (const { content } of items) expect(content).not.toMatch(/\n|x{100}/);
    expect(sent).toHaveLength(5);
  });

  test('A40 a login with the password stands there once, though each line is told', async () => {
    const notices = tellCustomersInCentre(senders, centre);
    const about = {
      channel: 'sms' as const,
      accountId: holder.accountId,
      at,
      clientName: 'Shop',
      deviceLabel: 'Firefox',
    };
    await open.database.transaction(async (tx) => {
      for (const lineId of ['lin_a', 'lin_b'])
        await notices.passwordLogin(tx, { ...about, lineId, eventId: `password-login:uid:${lineId}` });
    });
    const items = await told();
    expect(items).toHaveLength(1);
    expect(items[0]?.content).toContain('at Shop (Firefox)');
    expect(sent).toEqual(['passwordLogin', 'passwordLogin']);
  });
});

describe('the e-mail about an order', () => {
  const texts = createMessageTexts();
  const what = { fr: 'Europe et DOM', en: 'Europe' };
  test.each([
    ['created', 'fr', 'enregistrée'],
    ['created', 'en', 'recorded'],
    ['done', 'fr', 'terminée'],
    ['done', 'en', 'done'],
    ['cancelled', 'fr', 'annulée'],
    ['cancelled', 'en', 'cancelled'],
  ] as const)('C14 of state %s in %s says what and when', (state, locale, word) => {
    const message = { key: 'order' as const, at: at.toISOString(), state, what, by: 'holder' as const };
    const { subject, text } = texts.renderEmail(message, locale);
    expect(subject).toContain(word);
    expect(text).toContain(what[locale]);
    expect(text).toContain('09:00');
    expect(text).not.toMatch(/undefined|\[object/);
    expect(texts.renderEmail({ ...message, by: 'proxy' }, locale).text).toMatch(/procuration|proxy/);
  });
});
