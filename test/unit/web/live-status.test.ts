// `GET /interaction/:uid/status`: JSON, long poll and server-sent events, over a real socket.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { preferredWait } from '../../../src/ops/prefer-wait.ts';
import { interactionCookie, phoneView, type Scripted, startScripted } from './scripted-login.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.closeAllConnections();
});

async function serve(scripted: Scripted): Promise<string> {
  const server = createServer(scripted.app.callback());
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/interaction/uid-1/status`;
}

async function open(view = phoneView()) {
  const scripted = startScripted();
  scripted.signIn.show(view);
  const url = await serve(scripted);
  const ask = (headers: Record<string, string> = {}, signal?: AbortSignal) =>
    fetch(url, { headers: { Cookie: interactionCookie, ...headers }, ...(signal === undefined ? {} : { signal }) });
  const stream = (signal?: AbortSignal) => ask({ Accept: 'text/event-stream' }, signal);
  const waiting = (count: number) => vi.waitUntil(() => scripted.signIn.waiting >= count, { interval: 2 });
  return { ...scripted, url, ask, stream, waiting };
}

async function statuses(response: Response): Promise<string[]> {
  const text = await response.text();
  return [...text.matchAll(/^data: \{"status":"(\w+)"\}$/gm)].map(([, status]) => status ?? '');
}

describe('as JSON', () => {
  test.each(['pending', 'approved', 'refused', 'expired', 'unavailable'] as const)(
    'says %s at once',
    async (status) => {
      const { ask } = await open(phoneView({ status }));
      const response = await ask();
      expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
      expect(await response.json()).toEqual({ status });
    },
  );

  test('says approved while the account is still to be chosen', async () => {
    const { ask } = await open({ step: 'choose-account', accounts: [] });
    expect(await (await ask()).json()).toEqual({ status: 'approved' });
  });

  test('does not hand the login over', async () => {
    const { ask, signIn } = await open(phoneView({ status: 'approved' }));
    await ask();
    expect(signIn.calls).toEqual([]);
  });

  test('X30: tells another browser nothing', async () => {
    const { url } = await open();
    const response = await fetch(url);
    expect([response.status, response.headers.get('content-type')]).toEqual([400, 'application/problem+json']);
    expect(Object.keys((await response.json()) as object).sort()).toEqual(['code', 'status', 'title', 'trace', 'type']);
  });

  test('says 404 when no phone is asked', async () => {
    const { ask } = await open({ step: 'identify' });
    expect((await ask()).status).toBe(404);
  });
});

describe('as a long poll', () => {
  test('answers as soon as the phone has', async () => {
    const { ask, signIn, waiting } = await open();
    const answer = ask({ Prefer: 'wait=20' });
    await waiting(1);
    signIn.show(phoneView({ status: 'approved' }));
    const response = await answer;
    expect(response.headers.get('preference-applied')).toBe('wait=20');
    expect(await response.json()).toEqual({ status: 'approved' });
  });

  test('waits on when it is woken for nothing', async () => {
    const { ask, signIn, waiting } = await open();
    const answer = ask({ Prefer: 'wait=20' });
    await waiting(1);
    signIn.show(phoneView());
    await waiting(1);
    signIn.show(phoneView({ status: 'refused' }));
    expect(await (await answer).json()).toEqual({ status: 'refused' });
  });

  test('says pending when its time is up', async () => {
    const { ask } = await open();
    expect(await (await ask({ Prefer: 'wait=1' })).json()).toEqual({ status: 'pending' });
  });

  test('does not wait for what has ended', async () => {
    const { ask } = await open(phoneView({ status: 'expired' }));
    const response = await ask({ Prefer: 'wait=30' });
    expect(response.headers.get('preference-applied')).toBeNull();
    expect(await response.json()).toEqual({ status: 'expired' });
  });

  test('ends at once when the server stops', async () => {
    const { ask, closing, waiting } = await open();
    const answer = ask({ Prefer: 'wait=30' });
    await waiting(1);
    closing.abort();
    expect(await (await answer).json()).toEqual({ status: 'pending' });
  });

  test('frees its place when the browser goes away', async () => {
    const { ask, waiting, signIn } = await open();
    for (let round = 0; round < 6; round += 1) {
      const gone = new AbortController();
      const answer = ask({ Prefer: 'wait=30' }, gone.signal).catch(() => 'gone');
      await waiting(1);
      gone.abort();
      expect(await answer).toBe('gone');
      await vi.waitUntil(() => signIn.waiting === 0, { interval: 2 });
    }
    expect((await ask({ Prefer: 'wait=0' })).status).toBe(200);
  });

  test('understands the header of RFC 7240 and waits 30 s at most', () => {
    expect(preferredWait('wait=20')).toBe(20);
    expect(preferredWait('respond-async, wait=5')).toBe(5);
    expect(preferredWait('Wait = "7"')).toBe(7);
    expect(preferredWait('wait=3000')).toBe(30);
    expect(preferredWait('await=9')).toBe(0);
    expect(preferredWait('')).toBe(0);
  });
});

describe('as server-sent events', () => {
  test('A30: says what is, then what comes, and closes at the end', async () => {
    const { stream, signIn, waiting } = await open();
    const response = await stream();
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    await waiting(1);
    signIn.show(phoneView({ status: 'unavailable' }));
    await waiting(1);
    signIn.show(phoneView({ status: 'pending' }));
    await waiting(1);
    signIn.show(phoneView({ status: 'approved' }));
    expect(await statuses(response)).toEqual(['pending', 'unavailable', 'pending', 'approved']);
  });

  test('closes at once when there is nothing to wait for', async () => {
    const { stream } = await open(phoneView({ status: 'refused' }));
    expect(await statuses(await stream())).toEqual(['refused']);
  });

  test('tells a page that the login has gone elsewhere', async () => {
    const { stream, signIn, waiting } = await open();
    const response = await stream();
    await waiting(1);
    signIn.show({ step: 'identify' });
    expect(await response.text()).toContain('event: moved');
  });

  test('ends when the server stops', async () => {
    const { stream, closing, waiting } = await open();
    const response = await stream();
    await waiting(1);
    closing.abort();
    expect(await statuses(response)).toEqual(['pending']);
  });

  test('is had four times per login, no more, and again when one has gone', async () => {
    const { stream, signIn, waiting } = await open();
    const gone = new AbortController();
    const first = await stream(gone.signal);
    for (const _more of [2, 3, 4]) await stream();
    await waiting(4);
    const fifth = await stream();
    expect([fifth.status, fifth.headers.get('retry-after')]).toEqual([429, '2']);
    gone.abort();
    await first.text().catch(() => 'gone');
    await vi.waitUntil(async () => (await stream()).status === 200, { interval: 5 });
    signIn.show(phoneView({ status: 'expired' }));
  });

  test('tells another browser nothing', async () => {
    const { url } = await open();
    const response = await fetch(url, { headers: { Accept: 'text/event-stream' } });
    expect([response.status, response.headers.get('content-type')]).toEqual([400, 'application/problem+json']);
  });
});
