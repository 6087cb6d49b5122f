// The customer's sessions over a scripted desk. Every answer is held against the published document.
import { expect, test } from 'vitest';
import { createApiClient } from '../../support/api-client.ts';

const ended: string[] = [];
const since = new Date('2026-11-22T08:00:00Z');
const client = createApiClient({
  database: undefined as never,
  sessions: {
    list: async (_account, current) => [
      {
        id: 'ses_1',
        kind: 'browser',
        device: 'Firefox',
        clients: ['Shop'],
        since,
        lastUsedAt: since,
        current: current === 'ses_1',
      },
      {
        id: 'ses_2',
        kind: 'application',
        device: undefined,
        clients: [],
        since: undefined,
        lastUsedAt: undefined,
        current: false,
      },
    ],
    end: async (_account, id) => {
      ended.push(id);
      return id === 'ses_1';
    },
  },
});
const call = client.as('acc_1', { session: 'ses_1' });

test('sessions are shown with what is known of them, and ended one by one', async () => {
  const path = '/account/v1/me/sessions';
  const { body, headers } = await call('GET', path);
  expect(headers['x-total-count']).toBe('2');
  expect(body).toMatchObject([
    { id: 'ses_1', device: 'Firefox', client: ['Shop'], since: since.toISOString(), current: true },
    { id: 'ses_2', kind: 'application', client: [], current: false },
  ]);
  expect(body[1]).not.toHaveProperty('since');
  expect((await call('DELETE', `${path}/ses_1`)).status).toBe(204);
  expect((await call('DELETE', `${path}/ses_9`)).status).toBe(404);
  expect(ended).toEqual(['ses_1', 'ses_9']);
});
