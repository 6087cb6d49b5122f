// The first page: what this is for strangers; contracts, options, the last bill and the latest notices for whoever is
// logged in. Each of these comes from its own API and fails alone (B12).
import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { readLastBill } from './bill-pages.ts';
import { billWords } from './bill-words.ts';
import type { CallApi, CustomerApi } from './customer-api.ts';
import { countUnread, readNotifications } from './notification-pages.ts';
import type { Operator } from './operators.ts';
import { homeOf, type Pages } from './pages.ts';
import { personOf, redirect } from './relying-party.ts';
import type { Report } from './report.ts';
import type { Sessions } from './session.ts';
import { GrantRevoked } from './tokens.ts';

export interface HomeDeps {
  readonly operator: Operator;
  readonly issuer: string;
  readonly pages: Pages;
  readonly sessions: Sessions;
  readonly api: CustomerApi;
  readonly simUrl: string | undefined;
  readonly report: Report;
}

const contracts = z.array(
  z.object({
    ...{ id: z.string(), kind: z.enum(['MOBILE', 'INTERNET', 'FIXE', 'OPEN']), label: z.string().nullable() },
    relation: z.enum(['holder', 'proxy', 'user']),
  }),
);
const options = z.array(z.object({ name: z.string(), status: z.string() }));

/** Adds it. */
export function addHomePage(router: Router, deps: HomeDeps): void {
  const { operator, issuer, pages, sessions, api, simUrl, report } = deps;
  const { site, home } = operator;
  router.get('/', async (ctx) => {
    const session = sessions.find(ctx);
    const shown = { site, view: home, title: 'home.title' };
    const data = { simUrl, notice: noticeOf(ctx), registerUrl: `${issuer}/register` };
    if (session === undefined) {
      pages.show(ctx, { ...shown, data });
      return;
    }
    try {
      const call = api.for(ctx, session);
      const own = home === 'home' ? await readHome(call, report) : { unread: await countUnread(call) };
      pages.show(ctx, { ...shown, person: personOf(session), data: { ...data, own, unread: own.unread } });
    } catch (error) {
      if (!(error instanceof GrantRevoked)) throw error;
      endSession(ctx, deps);
    }
  });
}

function endSession(ctx: Context, { operator: { site }, sessions, report }: HomeDeps): void {
  report({ event: 'session-ended', site, reason: 'grant revoked' });
  sessions.end(ctx);
  redirect(ctx, `${homeOf(site)}?notice=session-ended`);
}

async function readHome(call: CallApi, report: Report) {
  /** Undefined when the source does not answer; the page says so in its place. */
  const alone = async <T>(read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (error instanceof GrantRevoked) throw error;
      report({ event: 'api-failed', site: 'portal', error });
      return undefined;
    }
  };
  const [found, lastBill, notifications, unread] = await Promise.all([
    alone(async () => contracts.parse((await call({ path: '/contract/v1/contracts?limit=100' })).body)),
    alone(async () => ({ bill: await readLastBill(call), words: billWords })),
    alone(() => readNotifications(call, 3)),
    countUnread(call),
  ]);
  const managed = (found ?? []).filter(({ relation }) => relation !== 'user').slice(0, 5);
  const optionsOf = await Promise.all(
    managed.map(async (contract) => ({ contract, active: await alone(() => readOptions(call, contract.id)) })),
  );
  return { contracts: found, options: found === undefined ? undefined : optionsOf, lastBill, notifications, unread };
}

async function readOptions(call: CallApi, contractId: string): Promise<string[]> {
  const path = `/contract/v1/contracts/${encodeURIComponent(contractId)}/options?limit=100`;
  const all = options.parse((await call({ path })).body);
  return all.filter(({ status }) => status === 'active' || status === 'ending').map(({ name }) => name);
}

/** Notices on the home page: a closed list, so that a foreign link can put no words of its own there. */
function noticeOf(ctx: Context): string | undefined {
  if (ctx.query['state'] === 'signed-out') return 'notice.signed-out';
  return ctx.query['notice'] === 'session-ended' ? 'notice.session-ended' : undefined;
}
