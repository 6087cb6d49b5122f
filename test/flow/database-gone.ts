// Chapter: PostgreSQL goes away in the middle of logins, and comes back.
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresUrl } from '../support/databases.ts';
import { openLogin, ring } from '../support/flow-login.ts';
import { until } from '../support/flow-until.ts';
import type { FlowWorld } from '../support/flow-world.ts';

const emma = '+33639980005';
const alice = '+33639980001';

export function databaseGoneChapter(world: () => FlowWorld): void {
  describe.runIf(postgresUrl !== undefined)('without its database the provider', () => {
    let server: pg.Client;
    const name = () => new URL(world().databaseUrl ?? '').pathname.slice(1);
    const cut = async (): Promise<void> => {
      await server.query(`alter database ${name()} with allow_connections false`);
      await server.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name()]);
    };
    const restore = () => server.query(`alter database ${name()} with allow_connections true`);
    const probe = (path: string) => fetch(`${world().app.opsUrl}${path}`);

    beforeAll(async () => {
      server = new pg.Client({ connectionString: postgresUrl });
      await server.connect();
    });
    afterAll(() => server?.end());

    test('lets nobody in, says so, and loses neither login nor lock (X120, O60)', async () => {
      const phone = world().phone(emma);
      const locked = await ring(world(), emma);
      await phone.waitForScreen();
      for (const pin of ['9182', '9183', '9184']) await phone.pin(pin);
      await locked.settled();
      const waiting = await ring(world(), alice);
      await world().phone(alice).waitForScreen();
      const begun = await world().startLogin();

      await cut();
      const refused = await world().browser().open(begun.url);
      // Back to the relying party, which can say so in its own words; the phone of nobody rings.
      const answer = new URL(refused.stoppedAt ?? '').searchParams;
      expect(answer.get('error')).toBe('temporarily_unavailable');
      expect(answer.get('code')).toBeNull();
      expect(answer.get('error_description')).not.toMatch(/terminating|connection|postgres/i);
      await waiting.submit({ choice: 'password' });
      expect(waiting.page.status).toBe(503);
      expect(waiting.page.text).toContain('data-error="temporarily_unavailable"');
      const exchange = await fetch(`${world().issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa('tester:tester-demo-secret-32-characters-long')}` },
        body: new URLSearchParams({ grant_type: 'authorization_code', code: 'x'.repeat(43), redirect_uri: 'x' }),
      });
      expect(exchange.status).toBeGreaterThanOrEqual(500);
      expect(await exchange.json()).toMatchObject({ error: expect.stringMatching(/server_error|unavailable/) });
      expect((await probe('/livez')).status).toBe(200);
      expect((await probe('/readyz')).status).toBe(503);

      await restore();
      await until('it is ready again', async () => (await probe('/readyz')).status === 200);
      await world().phone(alice).pin('4071');
      expect(await waiting.settled()).toBe('approved');
      await waiting.reload();
      expect(waiting.answer().code).toBe(true);
      const sent = await world().messagesTo(emma);
      const still = await ring(world(), emma, { browser: world().browser({ address: '198.51.100.20' }) });
      expect(still.shownStatus).toBe('pending');
      expect(await world().messagesTo(emma)).toBe(sent);
      expect((await openLogin(world())).page.status).toBe(200);
    });
  });
}
