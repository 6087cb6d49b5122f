// Help, questions to advisors and feedback, through the API as clients see it.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHelp } from '../../../src/customer/help-articles.ts';
import { answerQuestion, createHelpDesk, openQuestions } from '../../../src/customer/help-desk.ts';
import { createNotificationCentre, type NotificationCentre } from '../../../src/customer/notification-centre.ts';
import { type ApiClient, createApiClient } from '../../support/api-client.ts';
import { openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { createContractWorld, type Person } from './contract-world.ts';

const brand = 'exemple';
const pages = { 'password-reset': 'https://id.exemple.test/password' };

describe('help', () => {
  let open: TestDatabase;
  let world: ReturnType<typeof createContractWorld>;
  let notifications: NotificationCentre;
  let api: ApiClient;
  let alice: Person;
  beforeAll(async () => {
    open = await openTestDatabase('pglite');
    const { database } = open;
    world = createContractWorld(database);
    notifications = createNotificationCentre({ database, randomBytes, timeZone: 'Europe/Paris' });
    const desk = createHelpDesk({ database, audit: world.audit, brand, randomBytes });
    api = createApiClient({ database, notifications, help: { articles: createHelp({ brand, pages }), desk } });
    alice = await world.person();
  });
  afterAll(() => open.close());

  test('B49 is one tree for everybody without a token, and every article of it can be read in both languages', async () => {
    for (const language of ['fr', 'en']) {
      const headers = { 'accept-language': language };
      const { body: tree } = await api.anybody('GET', '/help/v1/tree', { headers });
      const ids = tree.flatMap(({ articles }: { articles: { id: string }[] }) => articles.map(({ id }) => id));
      expect(ids.length).toBeGreaterThanOrEqual(12);
      for (const id of ids) {
        const article = await api.anybody('GET', `/help/v1/articles/${id}`, { headers });
        expect([article.status, article.headers['content-language']]).toEqual([200, language]);
        expect(article.body.text.join(' ').length).toBeGreaterThan(100);
      }
    }
    expect((await api.anybody('GET', '/help/v1/articles/none')).status).toBe(404);
  });

  test('B50 a lost password leads to the flow of the provider, resets nothing and confirms nothing', async () => {
    const { body } = await api.anybody('GET', '/help/v1/articles/forgotten-password');
    expect(body.links).toEqual([{ rel: 'password-reset', name: 'Mot de passe oublié', href: pages['password-reset'] }]);
    expect(JSON.stringify(body)).toContain('ne dit jamais si un compte existe');
    expect((await api.anybody('POST', '/help/v1/articles/forgotten-password', { body: {} })).status).toBe(405);
  });

  test('B11 names the contact channels of the brand', async () => {
    const { body } = await api.anybody('GET', '/help/v1/articles/contact-us');
    expect(body.contact.map(({ kind }: { kind: string }) => kind)).toEqual(['phone', 'email', 'post']);
    const [phone] = createHelp({ brand: 'ile', pages: {} }).article('contact-us', 'en')?.channels ?? [];
    expect(phone?.value).toBe('8900');
  });

  test('B48 a question reaches the advisors without name or number, and its answer comes as a notification', async () => {
    const call = api.as(alice.accountId);
    const asked = await call('POST', '/help/v1/contact-requests', {
      body: { topic: 'contract', text: 'Comment\nrenommer ?' },
    });
    expect(asked).toMatchObject({ status: 201, body: { status: 'acknowledged', text: 'Comment\nrenommer ?' } });
    const [waiting] = await openQuestions({ database: open.database });
    expect(Object.keys(waiting ?? {})).not.toContain('accountId');
    const answer = { id: asked.body.id, answer: 'Sur la page du contrat.' };
    const advisor = { database: open.database, audit: world.audit, notifier: notifications };
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => answerQuestion(advisor, answer)));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    const { items } = await notifications.list(alice.accountId, { locale: 'fr', offset: 0, limit: 20 });
    expect(items).toMatchObject([{ topic: 'case', subject: 'Un conseiller vous a répondu', link: '/help/contact' }]);
    expect(items[0]?.content).toContain('contrat');
    expect(items[0]?.content).not.toContain(answer.answer);
    const { body } = await call('GET', '/help/v1/contact-requests');
    expect(body).toMatchObject([{ status: 'resolved', answer: answer.answer }]);
    const bruno = await world.person();
    expect((await api.as(bruno.accountId)('GET', '/help/v1/contact-requests')).body).toEqual([]);
  });

  test('B48 the same question with the same key is asked once, twenty at once too', async () => {
    const { accountId } = await world.person();
    const call = api.as(accountId);
    const request = { body: { topic: 'other', text: 'Bonjour' }, headers: { 'idempotency-key': 'one' } };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => call('POST', '/help/v1/contact-requests', request)),
    );
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect((await call('GET', '/help/v1/contact-requests')).body).toHaveLength(1);
  });

  test.each([
    ['empty', { topic: 'other', text: '  ' }],
    ['too long', { topic: 'other', text: 'é'.repeat(2_001) }],
    ['of no topic', { topic: 'pin', text: 'x' }],
    ['with control characters', { topic: 'other', text: 'a\u0000b' }],
  ])('B48 a question that is %s is refused', async (_what, body) => {
    expect((await api.as(alice.accountId)('POST', '/help/v1/contact-requests', { body })).status).toBe(422);
  });

  test('C25 feedback needs no token and is kept with page, rating, text and day alone', async () => {
    const headers = { 'x-forwarded-for': '192.0.2.99', cookie: 'flow=abc' };
    const body = { page: 'contracts', rating: 4, text: 'Clair.' };
    expect((await api.anybody('POST', '/help/v1/feedback', { body, headers })).status).toBe(204);
    expect((await api.as(alice.accountId)('POST', '/help/v1/feedback', { body })).status).toBe(204);
    const rows = await open.database.db.selectFrom('feedback').selectAll().execute();
    expect(rows).toHaveLength(2);
    for (const row of rows) {
      expect(Object.keys(row).sort()).toEqual(['brand', 'givenOn', 'id', 'page', 'rating', 'text']);
      expect(JSON.stringify(row)).not.toMatch(/192\.0\.2\.99|acc_|flow/);
    }
    const audited = await open.database.db.selectFrom('auditEvents').select('action').execute();
    expect(audited.filter(({ action }) => action.includes('feedback'))).toEqual([]);
  });

  test.each([
    { page: '../etc', rating: 4 },
    { page: 'home', rating: 6 },
    { page: 'home', rating: 3, text: 'x'.repeat(501) },
  ])('C25 feedback %j is refused', async (body) => {
    expect((await api.anybody('POST', '/help/v1/feedback', { body })).status).toBe(422);
  });

  test('B54 the centre’s API pages, filters, counts the unread, and keeps security until it was read', async () => {
    const { accountId } = await world.person();
    await open.database.transaction(async (tx) => {
      await notifications.notify(tx, { accountId, topic: 'security', key: 'line-terminated', link: '/contracts' });
      await notifications.notify(tx, { accountId, topic: 'info', key: 'unknown' });
    });
    const call = api.as(accountId);
    const path = '/notification/v1/notifications';
    const first = await call('GET', `${path}?limit=1`);
    expect([first.headers['x-total-count'], first.headers['x-unread-count']]).toEqual(['2', '2']);
    const { body: security } = await call('GET', `${path}?topic=security`);
    const one = `${path}/${security[0].id}`;
    expect(await call('DELETE', one)).toMatchObject({ status: 409, body: { code: 'unread' } });
    expect(await call('PATCH', one, { body: { isRead: true } })).toMatchObject({ status: 200, body: { isRead: true } });
    expect((await call('PATCH', one, { body: { isRead: false } })).status).toBe(422);
    expect((await api.as(alice.accountId)('PATCH', one, { body: { isRead: true } })).status).toBe(404);
    expect((await call('GET', `${path}?read=false`)).headers['x-total-count']).toBe('1');
    expect((await call('POST', '/notification/v1/read-all')).body).toEqual({ marked: 1 });
    expect((await call('DELETE', one)).status).toBe(204);
    expect((await call('DELETE', one)).status).toBe(404);
  });
});
