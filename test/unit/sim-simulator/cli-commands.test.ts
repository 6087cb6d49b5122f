// The commands against a small HTTP server that answers as the control API does: what is sent, what is printed,
// which exit code comes back, and that a PIN is never echoed.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { run } from './run-cli.ts';

type Call = { method: string; path: string; body: unknown; authorization: string | undefined };
type Answer = { status?: number; body?: unknown; headers?: Record<string, string> };
type Handler = (call: Call, response: ServerResponse) => Answer | undefined;

const screen = { seq: 7, kind: 'pin', title: 'Portal', text: 'Your PIN', referenceCode: '6641' };
const alice = {
  msisdn: '+33639980001',
  label: 'Alice',
  device: 'phone',
  iccid: '8933012345678901234',
  power: true,
  coverage: true,
  unlocked: true,
  enrolled: true,
  triesLeft: 3,
  blocked: false,
  screen: null as typeof screen | null,
  behaviour: { mode: 'manual' },
};

const servers: Server[] = [];

async function startServer(handler: Handler) {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    const call = await readCall(request);
    calls.push(call);
    const answer = handler(call, response);
    if (!answer) return;
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
    response.end(answer.body === undefined ? '' : JSON.stringify(answer.body));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { calls, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function readCall(request: IncomingMessage): Promise<Call> {
  let body = '';
  for await (const chunk of request) body += chunk;
  const { method = '', url = '', headers } = request;
  return { method, path: url, body: body === '' ? undefined : JSON.parse(body), authorization: headers.authorization };
}

const answering = (body: unknown, status = 200) => startServer(() => ({ status, body }));

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

describe('list and show', () => {
  test('list prints one line per phone, with what is on its screen', async () => {
    const { url } = await answering([
      { ...alice, screen },
      { ...alice, msisdn: '+33639980002', power: false, label: '' },
    ]);
    const { code, out } = await run(['list', '--url', url]);
    expect(code).toBe(0);
    const [heading, first, second] = out.trimEnd().split('\n');
    expect(heading).toMatch(/^NUMBER\s+WHO\s+STATE\s+SERVICE\s+ANSWERS\s+SCREEN$/);
    expect(first).toMatch(/^06 39 98 00 01\s+Alice\s+on\s+active\s+manual\s+pin 6641$/);
    expect(second).toMatch(/^06 39 98 00 02\s+off\s+active\s+manual$/);
  });

  test('list --json prints the answer of the API on one line', async () => {
    const { url } = await answering([alice]);
    const { code, out } = await run(['list', '--json', '--url', url]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual([alice]);
    expect(out.trimEnd()).not.toContain('\n');
  });

  test.each([
    ['in one word', ['0639980001']],
    ['with blanks, not quoted', ['06', '39', '98', '00', '01']],
    ['with blanks, quoted', ['06 39 98 00 01']],
    ['with dots', ['06.39.98.00.01']],
    ['in E.164', ['+33639980001']],
    ['with 0033', ['0033 6 39 98 00 01']],
    ['with (0)', ['+33 (0)6 39 98 00 01']],
  ])('show understands a number %s', async (_how, words) => {
    const { url, calls } = await answering(alice);
    const { code, out } = await run(['show', ...words, '--url', url]);
    expect(code).toBe(0);
    expect(calls[0]?.path).toBe('/v1/sims/%2B33639980001');
    expect(out).toContain('Alice, 06 39 98 00 01');
  });

  test('show refuses what is no number, without repeating it, and asks nobody', async () => {
    const { url, calls } = await answering(alice);
    const { code, err } = await run(['show', 'x4071x', '--url', url]);
    expect(code).toBe(2);
    expect(err).toContain('not a phone number');
    expect(err).not.toContain('4071');
    expect(calls).toEqual([]);
  });

  test('show says that a number is unknown, exit code 2', async () => {
    const { url } = await answering({ code: 'unknown_sim', detail: 'No SIM has this number' }, 404);
    expect(await run(['show', '0639980099', '--url', url])).toMatchObject({ code: 2, err: 'No SIM has this number\n' });
  });

  test('a text from outside cannot send control characters to the terminal', async () => {
    const { url } = await answering({ ...alice, label: 'A\u001b[31mlice\u0007' });
    const { out } = await run(['show', '0639980001', '--url', url]);
    expect(out).toContain('A·[31mlice·');
    expect(out).not.toContain('\u001b');
  });
});

describe('wait', () => {
  test('asks for what was wanted and prints the screen with its reference code', async () => {
    const { url, calls } = await answering(screen);
    const { code, out } = await run([
      'wait',
      '0639980001',
      '--for',
      'screen',
      '--timeout',
      '5',
      '--after',
      '6',
      '--url',
      url,
    ]);
    expect(code).toBe(0);
    expect(calls[0]?.path).toBe('/v1/sims/%2B33639980001/wait?for=screen&timeout=5&after=6');
    expect(out).toMatch(/code\s+6641/);
  });

  test('prints an SMS', async () => {
    const { url } = await answering({ seq: 9, from: '12345', text: 'Bonjour', at: '2026-03-01T12:00:00.000Z' });
    const { code, out } = await run(['wait', '0639980001', '--for', 'sms', '--url', url]);
    expect(code).toBe(0);
    expect(out).toContain('12345');
    expect(out).toContain('Bonjour');
  });

  test('cuts a long wait into calls that the API accepts', async () => {
    const { url, calls } = await answering(undefined, 204);
    const { code, err } = await run(['wait', '0639980001', '--timeout', '250', '--url', url]);
    expect({ code, err }).toEqual({ code: 4, err: 'No screen came within 250 s.\n' });
    const asked = calls.map(({ path }) => new URL(path, url).searchParams.get('timeout'));
    expect(asked).toEqual(['100', '100', '50']);
  });

  test('ends with exit code 4 when none came', async () => {
    const { url } = await answering(undefined, 204);
    const { code, out, err } = await run(['wait', '0639980001', '--for', 'sms', '--timeout', '1', '--url', url]);
    expect({ code, out, err }).toEqual({ code: 4, out: '', err: 'No SMS came within 1 s.\n' });
  });

  test.each([
    ['--timeout', 'soon'],
    ['--timeout', '-1'],
    ['--timeout', '100000'],
    ['--after', 'x'],
    ['--for', 'godot'],
  ])('refuses %s %s as a mistake in usage', async (option, value) => {
    const { url, calls } = await answering(screen);
    expect((await run(['wait', '0639980001', option, value, '--url', url])).code).toBe(2);
    expect(calls).toEqual([]);
  });
});

describe('key', () => {
  test.each([
    [['--ok'], { ok: true }],
    [['--pin', '4071'], { pin: '4071' }],
    [['--code', '6641'], { code: '6641' }],
    [['--cancel'], { cancel: true }],
    [['--back'], { back: true }],
    [['--fraud'], { fraud: true }],
  ])('%j sends %j', async (words, body) => {
    const { url, calls } = await answering({ ...alice, screen: null });
    const { code, out } = await run(['key', '0639980001', ...words, '--url', url]);
    expect(code).toBe(0);
    expect(calls[0]).toMatchObject({ method: 'POST', path: '/v1/sims/%2B33639980001/keys', body });
    expect(out).toContain('Nothing is on the screen now');
  });

  test('prints the screen that comes after it', async () => {
    const { url } = await answering(screen);
    const { out } = await run(['key', '0639980001', '--ok', '--url', url]);
    expect(out).toContain('Your PIN');
  });

  test.each(['no_screen', 'wrong_key'])('ends with exit code 1 on %s, and says why', async (word) => {
    const { url } = await answering({ code: word }, 409);
    const { code, err } = await run(['key', '0639980001', '--ok', '--url', url]);
    expect(code).toBe(1);
    expect(err).toMatch(word === 'no_screen' ? /Nothing is on the screen/ : /does not take this key/);
    const json = await run(['key', '0639980001', '--ok', '--json', '--url', url]);
    expect(JSON.parse(json.err)).toMatchObject({ error: word });
  });

  test('wants exactly one key', async () => {
    const { url, calls } = await answering(alice);
    expect((await run(['key', '0639980001', '--url', url])).code).toBe(2);
    expect((await run(['key', '0639980001', '--ok', '--cancel', '--url', url])).code).toBe(2);
    expect(calls).toEqual([]);
  });

  test('never echoes a PIN, right or malformed, in any stream', async () => {
    const { url } = await answering({ code: 'wrong_key' }, 409);
    for (const words of [
      ['key', '0639980001', '--pin', '4071'],
      ['key', '0639980001', '--pin', '40711'],
      ['key', '0639980001', '--pin', '4071', '--ok'],
      ['key', '0639980001', '--pin', '4071', '--json'],
      ['behave', '0639980001', 'approve', '--pin', '40711'],
      ['behave', '0639980001', 'refuse', '--pin', '4071'],
    ]) {
      const { code, out, err } = await run([...words, '--url', url]);
      expect(code).not.toBe(0);
      expect(out + err).not.toContain('4071');
    }
  });
});

describe('commands that change a phone', () => {
  test.each([
    [
      ['behave', '0639980001', 'approve', '--pin', '4071', '--delay-ms', '500'],
      { behaviour: { mode: 'approve', pin: '4071', delayMs: 500 } },
    ],
    [
      ['behave', '06', '39', '98', '00', '01', 'wrong-pin', '--times', '3'],
      { behaviour: { mode: 'wrong-pin', times: 3 } },
    ],
    [['power', '0639980001', 'off'], { power: false }],
    [['coverage', '06', '39', '98', '00', '01', 'on'], { coverage: true }],
    [['unlock', '0639980001', 'off'], { unlocked: false }],
  ])('%j sends PATCH %j', async (words, body) => {
    const { url, calls } = await answering(alice);
    expect(await run([...words, '--url', url])).toMatchObject({ code: 0, err: '' });
    expect(calls).toEqual([{ method: 'PATCH', path: '/v1/sims/%2B33639980001', body, authorization: undefined }]);
  });

  test.each([
    [['power', '0639980001']],
    [['power', '0639980001', 'maybe']],
    [['behave', '0639980001', 'dance']],
    [['behave', '0639980001', 'approve', '--delay-ms', 'long']],
    [['replace', '0639980001']],
    [['replace', '0639980001', '--iccid', '12']],
    [['dance']],
    [['list', '--loud']],
  ])('%j is a mistake in usage, exit code 2', async (words) => {
    const { url, calls } = await answering(alice);
    const { code, err } = await run([...words, ...(words[1] ? ['--url', url] : [])]);
    expect(code).toBe(2);
    expect(err).not.toBe('');
    expect(calls).toEqual([]);
  });

  test('replace, move and reset post to their places', async () => {
    const { url, calls } = await answering(alice);
    await run(['replace', '0639980001', '--iccid', '8933 0123 4567 8901 234', '--url', url]);
    await run(['move', '0639980001', '--url', url]);
    await run(['reset', '--url', url]);
    expect(calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /v1/sims/%2B33639980001/replace',
      'POST /v1/sims/%2B33639980001/move',
      'POST /v1/reset',
    ]);
    expect(calls[0]?.body).toEqual({ iccid: '8933012345678901234' });
  });
});

describe('inbox and mail', () => {
  test('inbox prints the SMS, or says that there is none', async () => {
    const { url } = await answering([{ from: 'Exemple', text: 'Code 123456', at: '2026-03-01T12:00:00.000Z' }]);
    expect((await run(['inbox', '0639980001', '--url', url])).out).toContain('Code 123456');
    const empty = await answering([]);
    expect(await run(['inbox', '0639980001', '--url', empty.url])).toMatchObject({ code: 0, out: 'No SMS yet.\n' });
  });

  test('mail asks for one recipient, escaped', async () => {
    const mail = { to: ['a+b@exemple.test'], subject: 'Hi', text: 'there', html: '', at: '2026-03-01T12:00:00.000Z' };
    const { url, calls } = await answering([mail]);
    const { out } = await run(['mail', '--to', 'a+b@exemple.test', '--url', url]);
    expect(calls[0]?.path).toBe('/v1/mail?to=a%2Bb%40exemple.test');
    expect(out).toContain('there');
  });
});

describe('events', () => {
  const event = (seq: number, msisdn = '+33639980001') => ({
    seq,
    at: '2026-03-01T12:00:00.000Z',
    type: 'phone.screen',
    msisdn,
    kind: 'pin',
  });
  const streaming = (...chunks: string[]) =>
    startServer((_call, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const chunk of chunks) response.write(chunk);
      return undefined;
    });
  const block = (value: unknown) => `id: 1\ndata: ${JSON.stringify(value)}\n\n`;

  test('prints one JSON object per line, comments and noise passed over', async () => {
    const { url } = await streaming(': hello\n\n', block(event(1)), 'data: no json\n\n', block(event(2)));
    const { code, out } = await run(['events', '--json', '--count', '2', '--url', url]);
    expect(code).toBe(0);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).seq),
    ).toEqual([1, 2]);
  });

  test('joins an event that comes in two pieces', async () => {
    const whole = block(event(1));
    const { url } = await streaming(whole.slice(0, 20), whole.slice(20));
    const { out } = await run(['events', '--count', '1', '--url', url]);
    expect(out).toMatch(/phone\.screen\s+06 39 98 00 01\s+kind=pin\n$/);
  });

  test('shows only one number when asked', async () => {
    const { url } = await streaming(block(event(1, '+33639980002')), block(event(2)));
    const { out } = await run(['events', '--json', '--only', '06 39 98 00 01', '--count', '1', '--url', url]);
    expect(JSON.parse(out).seq).toBe(2);
  });

  test('ends with exit code 0 on Ctrl+C', async () => {
    const ctrlC = new AbortController();
    const { url } = await startServer((_call, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      setImmediate(() => ctrlC.abort());
      return undefined;
    });
    expect((await run(['events', '--url', url], { signal: ctrlC.signal })).code).toBe(0);
  });

  test('ends with exit code 3 when the simulator goes away', async () => {
    const { url } = await startServer((_call, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(block(event(1)));
      return undefined;
    });
    expect((await run(['events', '--json', '--url', url])).code).toBe(3);
  });
});

describe('what can go wrong with the connection', () => {
  test('nobody listens: exit code 3 and how to start one', async () => {
    const { url } = await answering([]);
    await new Promise((resolve) => servers.pop()!.close(resolve));
    const { code, err } = await run(['list', '--url', url]);
    expect(code).toBe(3);
    expect(err).toContain('No simulator answers');
    const json = await run(['list', '--json', '--url', url]);
    expect(JSON.parse(json.err)).toMatchObject({ error: 'unreachable' });
    expect(json.out).toBe('');
  });

  test('something else listens: exit code 3', async () => {
    const { url } = await answering({ hello: 'world' });
    expect(await run(['list', '--url', url])).toMatchObject({ code: 3 });
    expect((await run(['events', '--url', url])).err).toContain('not as a simulator');
  });

  test('the simulator fails: exit code 3', async () => {
    const { url } = await answering({}, 500);
    expect((await run(['list', '--url', url])).code).toBe(3);
  });

  test('an exposed simulator gets the token, and its absence is explained', async () => {
    const { url, calls } = await startServer((call) =>
      call.authorization === 'Bearer a-long-enough-token' ? { body: [] } : { status: 401, body: {} },
    );
    expect((await run(['list', '--url', url])).err).toContain('--token');
    expect((await run(['list', '--token', 'a-long-enough-token', '--url', url])).code).toBe(0);
    expect(calls).toHaveLength(2);
  });

  test('a wrong address is a mistake in usage', async () => {
    expect((await run(['list', '--url', 'ftp://localhost'])).code).toBe(2);
  });
});

describe('help and colours', () => {
  test('help names every command and the exit codes, exit code 0', async () => {
    const { code, out } = await run(['--help']);
    expect(code).toBe(0);
    const named = [...out.matchAll(/^ {2}([a-z]+) /gm)].map((match) => match[1]);
    expect(named).toEqual(
      expect.arrayContaining([
        'serve',
        'list',
        'show',
        'wait',
        'key',
        'behave',
        'power',
        'coverage',
        'unlock',
        'replace',
        'move',
        'inbox',
        'mail',
        'events',
        'reset',
        'decode',
        'encode',
        'vectors',
      ]),
    );
    expect(out).toContain('4 timed out');
  });

  test('no command at all prints the help, exit code 2', async () => {
    expect((await run([])).code).toBe(2);
  });

  test('colours only when the terminal wants them', async () => {
    const { url } = await answering([alice]);
    expect((await run(['list', '--url', url], { colours: true })).out).toContain('\u001b[');
    expect((await run(['list', '--url', url])).out).not.toContain('\u001b[');
  });
});
