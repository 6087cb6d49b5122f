// The log: one JSON line an event, and a list of field names that never leave.
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { runWithTrace } from '../../../src/ops/log.ts';
import { captureLog } from '../../support/logs.ts';

test('a line has its time, level and words, and nothing of the machine', () => {
  const { log, lines } = captureLog();
  log.info({ route: '/token' }, 'answered');
  const line = JSON.parse(lines[0]!);
  expect(line).toEqual({ level: 'info', time: expect.stringMatching(/^\d{4}-.*Z$/), route: '/token', msg: 'answered' });
});

test.each([
  'pin',
  'password',
  'code',
  'otp',
  'secret',
  'client_secret',
  'token',
  'access_token',
  'refresh_token',
  'id_token',
  'authorization',
  'cookie',
  'msisdn',
  'login_hint',
  'binding_message',
  'masterKey',
  'key',
])('a field named %s is hidden, at the top and two levels down', (name) => {
  const { log, lines } = captureLog();
  log.info({ [name]: 'needle-1', outer: { [name]: 'needle-2', inner: { [name]: 'needle-3' } } }, 'event');
  expect(lines[0]).not.toContain('needle');
  expect(lines[0]!.match(/\[hidden\]/g)).toHaveLength(3);
});

test('a child carries the trace of its request and hides the same', () => {
  const { log, lines } = captureLog();
  log.child({ trace: 'abc' }).warn({ headers: { cookie: 'needle' } }, 'refused');
  expect(lines[0]).toContain('"trace":"abc"');
  expect(lines[0]).not.toContain('needle');
});

test('every line of a request carries its trace id, whoever logs it and whenever, and no other line does', async () => {
  const { log, lines } = captureLog();
  const request = (trace: string) =>
    runWithTrace(trace, async () => {
      await turn();
      log.child({ part: 'phone' }).info('sent');
    });
  await Promise.all([request('aaaa'), request('bbbb')]);
  log.info('housekeeping');
  const traces = lines.map((line) => JSON.parse(line).trace);
  expect(traces.toSorted()).toEqual(['aaaa', 'bbbb', undefined]);
});

test('a line that names its trace itself has it once', () => {
  const { log, lines } = captureLog();
  runWithTrace('aaaa', () => log.info({ trace: 'aaaa' }, 'refused'));
  expect(lines[0]!.match(/"trace"/g)).toHaveLength(1);
});

test('lines below the level are not written', () => {
  const { log, lines } = captureLog('warn');
  log.info('no');
  log.debug('no');
  log.error('yes');
  expect(lines).toHaveLength(1);
});
