// What is told of mailboxes: the jobs of e-mails, the words of each, and the notification centre.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tellMailboxesInCentre } from '../../../src/customer/mailbox-telling.ts';
import { createNotificationCentre, type NotificationCentre } from '../../../src/customer/notification-centre.ts';
import type { AccountId } from '../../../src/identifiers.ts';
import { createMailboxNotices, type MailboxNotices } from '../../../src/messaging/mailbox-notices.ts';
import type { EmailNotice } from '../../../src/messaging/notices.ts';
import { createMessageTexts, emailMessage } from '../../../src/messaging/texts.ts';
import type { Tx } from '../../../src/storage/database.ts';
import { openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createContractWorld } from './contract-world.ts';

const at = new Date('2026-11-22T12:05:00Z');
const texts = createMessageTexts();
let open: TestDatabase;
let centre: NotificationCentre;
let notices: MailboxNotices;
let holder: AccountId;
let user: AccountId;
const jobs: { eventId: string; payload: EmailNotice }[] = [];
beforeAll(async () => {
  open = await openTestDatabase('pglite');
  const world = createContractWorld(open.database);
  holder = (await world.person()).accountId;
  user = (await world.person()).accountId;
  centre = createNotificationCentre({ database: open.database, randomBytes, timeZone: 'Europe/Paris' });
  const enqueue = async (_client: unknown, _queue: string, job: (typeof jobs)[number]) => {
    jobs.push(job);
    return 'job';
  };
  notices = tellMailboxesInCentre(createMailboxNotices({ enqueue } as never), centre);
});
afterAll(() => open.close());

/** Does it in a transaction and gives the e-mails of it. */
async function mailsOf(tell: (tx: Tx, about: Parameters<MailboxNotices['opened']>[1]) => Promise<void>) {
  jobs.length = 0;
  const about = { mailboxId: 'mbx_1', holder, user, address: 'lea.garcia@exemple.test', at };
  await open.database.transaction((tx) => tell(tx, about));
  return jobs.map(({ payload, eventId }) => {
    const message = emailMessage.parse(payload.message);
    return {
      to: payload.accountId,
      eventId,
      fr: texts.renderEmail(message, 'fr'),
      en: texts.renderEmail(message, 'en'),
    };
  });
}

describe('an e-mail about a mailbox', () => {
  test('D19 goes to the holder and to the new mailbox when one is opened', async () => {
    const [first, second] = await mailsOf(notices.opened);
    expect([first?.to, second?.to]).toEqual([holder, user]);
    expect(first?.fr.text).toContain('l***@exemple.test');
    expect(first?.en.text).toContain('13:05');
    expect(second?.fr.text).toContain('Il n’ouvre que votre boîte');
  });

  test('is in both languages, with its time, and without a link or a full address', async () => {
    const until = new Date('2027-01-21T12:05:00Z');
    const all = [
      ...(await mailsOf(notices.opened)),
      ...(await mailsOf(notices.deleted)),
      ...(await mailsOf((tx, about) => notices.readOnly(tx, { ...about, until }))),
      ...(await mailsOf((tx, about) => notices.aliasChanged(tx, { ...about, aliasId: 'mba_1', action: 'added' }))),
      ...(await mailsOf((tx, about) => notices.aliasChanged(tx, { ...about, aliasId: 'mba_1', action: 'removed' }))),
    ];
    expect(all).toHaveLength(9);
    for (const { subject, text } of all.flatMap(({ fr, en }) => [fr, en])) {
      expect(subject).toMatch(/^[^\n]{10,70}$/);
      expect(text).toMatch(/22\/11|22 Nov|21\/01|21 Jan/);
      expect(`${subject}${text}`).not.toMatch(/https?:|undefined|<%|lea\.garcia|\n{3}/);
    }
    expect(JSON.stringify(jobs)).not.toContain('lea.garcia');
  });

  test('is one for each event and recipient, also where holder and user are one', async () => {
    const mails = await mailsOf((tx, about) =>
      notices.aliasChanged(tx, { ...about, user: holder, aliasId: 'mba_2', action: 'added' }),
    );
    expect(mails.map(({ to }) => to)).toEqual([holder]);
    const both = await mailsOf(notices.opened);
    expect(new Set(both.map(({ eventId }) => eventId)).size).toBe(2);
  });
});

test('B54 the centre of the main account says the same, once', async () => {
  const said = async (locale: 'fr' | 'en') => await centre.list(holder, { locale, offset: 0, limit: 20 });
  const { items } = await said('fr');
  expect(items.map(({ subject }) => subject).sort()).toEqual([
    ...['Un alias a été ajouté', 'Un alias a été ajouté', 'Un alias a été supprimé'],
    ...['Une adresse e-mail a été créée', 'Une adresse e-mail a été supprimée'],
    'Une boîte e-mail ne peut plus qu’être lue',
  ]);
  for (const { content, link } of [...items, ...(await said('en')).items]) {
    expect(content).toContain('l***@exemple.test');
    expect(content).not.toMatch(/\{\{|undefined/);
    expect(link).toBe('/mailboxes');
  }
  expect((await centre.list(user, { locale: 'fr', offset: 0, limit: 20 })).items).toEqual([]);
});
