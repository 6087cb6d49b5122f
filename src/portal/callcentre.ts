// `/callcentre`: an agent rings a caller's phone and sees who has confirmed. The demo has no login for agents and says
// so; a session cookie keeps each agent's call apart. The number is never in an address.

import type { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import { z } from 'zod';
import { type AskProblem, ask, type Call, type WatchedCall } from './callcentre-calls.ts';
import type { CallCentreClient } from './callcentre-client.ts';
import { createExpiringStore } from './expiring-store.ts';
import { describeLogin, maskNumber } from './login-words.ts';
import type { Pages } from './pages.ts';
import { redirect } from './relying-party.ts';
import type { Report } from './report.ts';
import { allowOwnScript } from './security.ts';
import { randomId, sameSecret } from './session.ts';

export interface CallCentreDeps {
  readonly client: CallCentreClient;
  readonly pages: Pages;
  readonly report: Report;
  readonly now: () => Date;
  /** Whether browsers reach the portal by https. */
  readonly secure: boolean;
  readonly closing: AbortSignal;
}

interface AgentSession {
  readonly csrf: string;
  call: WatchedCall | undefined;
  problem: AskProblem | undefined;
  /** Kept when it has to be put right; forgotten when the phone rings. */
  typed: { readonly number: string; readonly reason: string };
}

const nothing = { number: '', reason: '' };
const sessionSeconds = 8 * 3_600;
const mostSessions = 1_000;
const longestWaitSeconds = 20;
const idPattern = /^[\w-]{43}$/;

const form = z.object({
  csrf: z.string().max(100).catch(''),
  number: z.string().max(40).catch(''),
  reason: z.string().max(300).catch(''),
});

/** Adds the page, its three actions and the state that its script asks for. */
export function addCallCentrePages(router: Router, deps: CallCentreDeps): void {
  const agents = createAgents(deps);
  router.get('/callcentre', ownScript, (ctx) => showPage(ctx, deps, agents.open(ctx)));
  router.get('/callcentre/state', async (ctx) => {
    ctx.body = { status: await statusOf(ctx, deps, agents.find(ctx)?.call) };
  });
  const action = (act: (agent: AgentSession, ctx: Context) => Promise<void> | void): Middleware => {
    return async (ctx) => {
      const agent = agents.find(ctx);
      if (agent === undefined || !sameSecret(agent.csrf, form.parse(ctx.request.body ?? {}).csrf)) {
        const back = { href: '/callcentre', text: 'callcentre.again' };
        return deps.pages.showMessage(ctx, { site: 'callcentre', key: 'form-expired', status: 403, action: back });
      }
      await act(agent, ctx);
      redirect(ctx, '/callcentre');
    };
  };
  router.post(
    '/callcentre/ask',
    action((agent, ctx) => begin(deps, agent, form.parse(ctx.request.body ?? {}))),
  );
  router.post(
    '/callcentre/cancel',
    action((agent) => agent.call?.cancel()),
  );
  router.post(
    '/callcentre/new',
    action(async (agent) => {
      if (agent.call?.current().status === 'pending') await agent.call.cancel();
      Object.assign(agent, { call: undefined, problem: undefined, typed: nothing });
    }),
  );
}

async function begin(deps: CallCentreDeps, agent: AgentSession, asked: z.output<typeof form>): Promise<void> {
  // Sent twice by a double click, it would ring twice.
  if (agent.call?.current().status === 'pending') return;
  const number = asked.number.replaceAll(/[\s.()-]/g, '');
  const reason = asked.reason.trim();
  agent.typed = { number: asked.number, reason: asked.reason };
  agent.problem = /^\+?\d{6,15}$/.test(number) ? (reason === '' ? 'reason' : undefined) : 'number';
  if (agent.problem !== undefined) return;
  const outcome = await ask(deps, { number, reason, numberShown: shownNumber(number) });
  if (outcome.kind === 'problem') {
    agent.problem = outcome.problem;
    return;
  }
  agent.call = outcome.call;
  agent.typed = nothing;
}

function shownNumber(number: string): string {
  return maskNumber(number.replace(/^0(?=[1-9]\d{8}$)/, '+33'));
}

function showPage(ctx: Context, { pages, now }: CallCentreDeps, agent: AgentSession): void {
  const call = agent.call?.current();
  const { problem, typed, csrf } = agent;
  const pending = call?.status === 'pending';
  pages.show(ctx, {
    site: 'callcentre',
    view: 'callcentre',
    title: 'callcentre.title',
    data: {
      ...{ problem, typed, csrf },
      call: call && { ...call, ...wordsOf(call), secondsLeft: secondsLeft(call, now()) },
      scripts: ['callcentre.js'],
      refreshSeconds: pending ? 3 : undefined,
    },
  });
}

function wordsOf({ referenceCode, caller }: Call) {
  return {
    digits: [...(referenceCode ?? '')],
    method: caller && describeLogin(caller),
    at: caller?.at?.toISOString(),
  };
}

function secondsLeft({ expiresAt }: Call, now: Date): number {
  return Math.max(0, Math.round((expiresAt.getTime() - now.getTime()) / 1_000));
}

/** `none`, or how the call stands; with `Prefer: wait=N` told as soon as it changes. */
async function statusOf(ctx: Context, { closing }: CallCentreDeps, call: WatchedCall | undefined): Promise<string> {
  const wished = Number(/^wait=(\d{1,3})$/.exec(ctx.get('Prefer'))?.[1] ?? 0);
  if (call !== undefined && wished > 0) {
    const gone = new AbortController();
    ctx.res.once('close', () => gone.abort());
    const signal = AbortSignal.any([closing, gone.signal]);
    await call.waitForChange({ seconds: Math.min(wished, longestWaitSeconds), signal });
  }
  return call?.current().status ?? 'none';
}

/** One entry for each agent's browser. */
function createAgents({ secure, now }: CallCentreDeps) {
  const sessions = createExpiringStore<AgentSession>({
    now,
    maxEntries: mostSessions,
    idleSeconds: sessionSeconds,
    maxAgeSeconds: sessionSeconds,
  });
  const cookie = `${secure ? '__Host-' : ''}exemple_callcentre`;
  const find = (ctx: Context): AgentSession | undefined => {
    const id = ctx.cookies.get(cookie);
    return id !== undefined && idPattern.test(id) ? sessions.find(id) : undefined;
  };
  return {
    find,
    open(ctx: Context): AgentSession {
      const known = find(ctx);
      if (known !== undefined) return known;
      const fresh: AgentSession = { csrf: randomId(), call: undefined, problem: undefined, typed: nothing };
      const id = randomId();
      sessions.set(id, fresh);
      ctx.cookies.secure = secure;
      ctx.cookies.set(cookie, id, { httpOnly: true, sameSite: 'lax', path: '/', secure, overwrite: true });
      return fresh;
    },
  };
}

const ownScript: Middleware = async (ctx, next) => {
  await next();
  allowOwnScript(ctx);
};
