// What the benchmark reads and counts; its flows are tried in test/flow/ciba.test.ts.
import { expect, test } from 'vitest';
import { startChild } from './children.ts';
import { parseStat, processMeter, residentMb } from './cpu-time.ts';
import { figuresOf, ratioOf, spreadOf } from './figures.ts';
import { createHttp, createVisitor } from './http-client.ts';
import { summarizeProfile } from './profile.ts';
import { summarize } from './statements.ts';

const block = (ms: number) => ({ flows: 100, seconds: 2, requests: 300, cpuMs: { provider: ms, PostgreSQL: 10 } });

test('times of a process are read past a name with brackets and blanks', () => {
  const text = `42 (node (a) b) S 7 42 42 0 -1 4194304 1 2 3 4 150 25 30 5 20 0 11 0 999 1 2`;
  expect(parseStat(text)).toEqual({ parent: 7, ownMs: 1_750, endedChildrenMs: 350 });
});

test('a spread has the smallest, the middle and the largest value', () => {
  expect(spreadOf([3, 1, 2])).toEqual({ min: 1, median: 2, max: 3 });
  expect(spreadOf([4, 1])).toEqual({ min: 1, median: 2.5, max: 4 });
});

test('figures are for one flow and one second, by process', () => {
  expect(figuresOf({ side: 'product', flow: 'ciba' }, [block(200), block(300)])).toEqual({
    ...{ side: 'product', flow: 'ciba' },
    requestsPerSecond: { min: 150, median: 150, max: 150 },
    flowsPerSecond: { min: 50, median: 50, max: 50 },
    cpuMsPerFlow: { provider: { min: 2, median: 2.5, max: 3 }, PostgreSQL: { min: 0.1, median: 0.1, max: 0.1 } },
  });
});

test('a ratio is made round by round, of the answering processes, and its median is held against the aim', () => {
  const ours = { name: 'product', blocks: [block(200), block(300), block(900)] };
  const other = { name: 'library', blocks: [block(100), block(100), block(100)] };
  expect(ratioOf(ours, other, 3)).toMatchObject({ min: 2, median: 3, max: 9, reached: true });
  expect(ratioOf(ours, other, 2.9).reached).toBe(false);
  expect(ratioOf(ours, other).reached).toBeUndefined();
});

test('a profile is read by what functions take themselves, and by whom they do it for; waiting is not counted', () => {
  const node = (id: number, functionName: string, url = '', children: number[] = []) => ({
    ...{ id, children },
    callFrame: { functionName, url, lineNumber: 4 },
  });
  const nodes = [
    node(0, '(root)', '', [1, 3, 4, 5]),
    node(1, '(idle)'),
    node(2, 'writev'),
    node(3, 'query', 'file:///srv/node_modules/pg/lib/client.js', [2]),
    node(4, 'post', 'node:inspector'),
    node(5, '', 'file:///srv/src/oidc/adapter.ts'),
  ];
  const profile = { nodes, samples: [1, 2, 5, 2, 4, 3], timeDeltas: [500, 20, 10, 10, 900, 40] };
  expect(summarizeProfile(JSON.stringify(profile))).toEqual({
    functions: [
      { share: 0.5, what: 'query (file:///srv/node_modules/pg/lib/client.js:5)' },
      { share: 0.375, what: 'writev' },
      { share: 0.125, what: 'a function without a name (file:///srv/src/oidc/adapter.ts:5)' },
    ],
    parts: [
      { share: 0.875, what: 'pg' },
      { share: 0.125, what: 'src/oidc' },
    ],
  });
});

test('statements are summed for one flow, the costliest first, without those that only begin and end', () => {
  const rows = [
    { calls: 10, plan: 0, run: 1, text: 'commit' },
    { calls: 20, plan: 1, run: 3, text: 'select\n  1' },
    { calls: 5, plan: 10, run: 0, text: 'update t' },
  ];
  expect(summarize(rows, 10)).toEqual({
    ...{ callsPerFlow: 3.5, transactionsPerFlow: 1, planMsPerFlow: 1.1, runMsPerFlow: 0.4 },
    costliest: [
      { callsPerFlow: 0.5, planMsPerFlow: 1, runMsPerFlow: 0, text: 'update t' },
      { callsPerFlow: 2, planMsPerFlow: 0.1, runMsPerFlow: 0.3, text: 'select 1' },
    ],
  });
});

test('the library runs in a process of its own, whose time and memory are seen, and ends', async () => {
  const child = await startChild('library-process.ts', { BENCH_STORE: 'memory' });
  const http = createHttp(1);
  try {
    expect((await http.send(`${child.ready['origin']}/.well-known/openid-configuration`)).status).toBe(200);
    expect(await processMeter('library', child.pid).read()).toBeGreaterThan(0);
    expect(residentMb(child.pid)).toBeGreaterThan(10);
    await expect(child.ask('anything')).rejects.toThrow('nothing can be asked');
  } finally {
    http.close();
    await child.stop();
  }
  await expect(processMeter('library', child.pid).read()).rejects.toThrow('library has ended');
});

test('a program that cannot start is told with its last words', async () => {
  await expect(startChild('library-process.ts', { BENCH_STORE: 'postgres://127.0.0.1:1/none' })).rejects.toThrow(
    /library-process\.ts ended before it was ready:[\s\S]*ECONNREFUSED/,
  );
});

test('the browser of the benchmark keeps cookies of a path and stops where a redirect leaves the host', async () => {
  const { createServer } = await import('node:http');
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers.cookie);
    if (request.url === '/') response.setHeader('set-cookie', ['a=1; path=/', 'b=2; path=/below', 'c=3; path=/']);
    if (request.url === '/next') response.setHeader('set-cookie', 'c=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT');
    const to = { '/': '/next', '/next': '/below/it', '/below/it': 'http://elsewhere.test/?code=7' }[request.url ?? ''];
    response.writeHead(303, { location: to }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const http = createHttp(1);
  try {
    const { port } = server.address() as { port: number };
    const page = await createVisitor(http).open(`http://127.0.0.1:${port}/`);
    expect(page.left?.href).toBe('http://elsewhere.test/?code=7');
    expect(seen).toEqual([undefined, 'a=1; c=3', 'a=1; b=2']);
    expect(http.answered).toBe(3);
  } finally {
    http.close();
    server.close();
  }
});
