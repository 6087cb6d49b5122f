// Do answers for an unknown, an inactive, an active and a locked number take the same time? Each kind is tried equally
// often, in an order that changes with every round, and the medians are compared (mission X01 to X03).
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from '../support/browser.ts';
import type { Engine } from '../support/databases.ts';
import { openLogin } from '../support/flow-login.ts';
import { openReset } from '../support/flow-reset.ts';
import { type FlowWorld, startFlowWorld } from '../support/flow-world.ts';

export interface TimingReport {
  readonly tries: number;
  readonly engine: Engine;
  /** The most that a median may lie above the smallest, in percent. */
  readonly allowedPercent: number;
  readonly within: boolean;
  readonly steps: readonly {
    readonly step: string;
    readonly medianMs: Readonly<Record<string, number>>;
    readonly spreadPercent: number;
    readonly within: boolean;
  }[];
}

const allowedPercent = 10;

type Kind = 'unknown' | 'inactive' | 'active' | 'locked';
const kinds: readonly Kind[] = ['unknown', 'inactive', 'active', 'locked'];

/** Starts the app, measures, stops it. */
export async function timing({ tries, engine }: { tries: number; engine: Engine }): Promise<TimingReport> {
  const world = await startFlowWorld({ engine, environment: wideLimits, everyNumber: true });
  try {
    await lock(world, '+33639980004');
    const times = new Map<string, number[]>();
    for (let round = -warmUp; round < tries; round++) {
      for (let place = 0; place < kinds.length; place++) {
        const kind = kinds[(place + Math.abs(round)) % kinds.length] ?? 'unknown';
        for (const [step, ms] of await tryAll(world, numberOf(kind, Math.abs(round)))) {
          if (round >= 0) times.set(`${step}\n${kind}`, [...(times.get(`${step}\n${kind}`) ?? []), ms]);
        }
      }
    }
    return report(times, { tries, engine });
  } finally {
    await world.stop();
  }
}

const warmUp = 10;
/** What an earlier step left to do is over by then. */
const quietMs = 40;
const wideLimits = {
  CODES_PER_HOUR: '1000',
  CODES_PER_DAY: '10000',
  CODES_PER_ADDRESS_HOUR: '100000',
  CODES_PER_ADDRESS_DAY: '1000000',
  PASSWORDS_PER_ACCOUNT: '100000',
  PASSWORDS_PER_ADDRESS: '1000000',
  STARTS_PER_NUMBER: '100000',
  STARTS_PER_ADDRESS: '1000000',
};

/** Active: the numbers that approve after a while, so that each try rings a phone that is free. */
function numberOf(kind: Kind, round: number): string {
  switch (kind) {
    case 'unknown':
      return `+336399899${String(round % 100).padStart(2, '0')}`;
    case 'inactive':
      return '+33639980002';
    case 'locked':
      return '+33639980004';
    case 'active':
      return `+336399830${String(50 + (round % 50)).padStart(2, '0')}`;
    default:
      throw new Error(`there is no number of kind ${String(kind)}`);
  }
}

/** Login, password and reset with one number; milliseconds until the answer of each step. */
async function tryAll(world: FlowWorld, number: string): Promise<[step: string, ms: number][]> {
  const login = await openLogin(world);
  const identify = await timed(login.browser, login.page, { identifier: number });
  await login.reload();
  await login.choose('password');
  const password = await timed(login.browser, login.page, { password: 'not the password' });
  await login.reload();
  await login.choose('cancel');
  const browser = world.browser();
  const first = await browser.open(`${world.issuer}/mobile-connect/reset`);
  const begin = await timed(browser, first, { number });
  const reset = await openReset(world, number);
  const robot = await timed(reset.browser, reset.page, { answer: reset.answer });
  await reset.reload();
  const code = await timed(reset.browser, reset.page, { code: '000000', password: 'not the password' });
  return [
    ['login: number', identify],
    ['login: password', password],
    ['reset: number', begin],
    ['reset: check', robot],
    ['reset: code and password', code],
  ];
}

/** Posts a form when all is quiet; the time is the provider's own, from the request to the end of its answer. */
async function timed(browser: Browser, page: Page, fields: Record<string, string>): Promise<number> {
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
  const body = new URLSearchParams({ csrf, ...fields });
  await sleep(quietMs);
  const answered = answerTo(page.url.pathname);
  const response = await browser.request(page.url, { method: 'POST', headers: { origin: page.url.origin }, body });
  await response.arrayBuffer();
  if (response.status >= 500) throw new Error(`the provider said ${response.status}`);
  return await answered;
}

/**
 * Milliseconds that the next POST to a path takes inside the server. Browser, phones and SMSC live in this process too;
 * what they do after the answer must not be counted.
 */
function answerTo(path: string): Promise<number> {
  return new Promise((resolve) => {
    let from: number | undefined;
    const start = (message: unknown) => {
      const { request } = message as { request: IncomingMessage };
      if (request.method === 'POST' && request.url === path) from = performance.now();
    };
    const finish = (message: unknown) => {
      const { request } = message as { request: IncomingMessage };
      if (from === undefined || request.method !== 'POST' || request.url !== path) return;
      unsubscribe('http.server.request.start', start);
      unsubscribe('http.server.response.finish', finish);
      resolve(performance.now() - from);
    };
    subscribe('http.server.request.start', start);
    subscribe('http.server.response.finish', finish);
  });
}

async function lock({ database: { db } }: FlowWorld, msisdn: string): Promise<void> {
  const line = await db
    .selectFrom('lines')
    .select('id')
    .where('msisdn', '=', msisdn as never)
    .executeTakeFirstOrThrow();
  const lockedUntil = new Date(Date.now() + 24 * 3_600_000);
  await db.updateTable('enrolments').set({ lockedUntil }).where('lineId', '=', line.id).execute();
}

/** Medians by step and kind, and how far they lie apart. */
export function report(
  times: ReadonlyMap<string, readonly number[]>,
  about: { tries: number; engine: Engine },
): TimingReport {
  const names = [...new Set([...times.keys()].map((key) => key.split('\n')[0] ?? ''))];
  const steps = names.map((step) => {
    const medians = kinds.map((kind) => [kind, round(median(times.get(`${step}\n${kind}`) ?? []))] as const);
    const values = medians.map(([, ms]) => ms);
    const spreadPercent = round((Math.max(...values) / Math.min(...values) - 1) * 100);
    return { step, medianMs: Object.fromEntries(medians), spreadPercent, within: spreadPercent <= allowedPercent };
  });
  return { ...about, allowedPercent, within: steps.every(({ within }) => within), steps };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** The report for people. */
export function printTiming({ steps, tries, engine, within }: TimingReport): string {
  const lines = steps.map(({ step, medianMs, spreadPercent, within: fits }) => {
    const medians = kinds.map((kind) => `${kind} ${String(medianMs[kind]).padStart(6)} ms`).join('  ');
    return `${step.padEnd(26)} ${medians}  spread ${spreadPercent} % ${fits ? 'ok' : 'TOO FAR APART'}`;
  });
  const verdict = within ? 'within' : 'not within';
  return `Medians of ${tries} tries each, ${engine}:\n${lines.join('\n')}\nAll medians ${verdict} ${allowedPercent} %\n`;
}
