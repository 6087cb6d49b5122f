// Lines of the portal's log: what happened, and nothing that an error might carry along.
import { expect, test } from 'vitest';
import { reportLine } from '../../../src/portal/report.ts';

const at = new Date('2026-01-02T03:04:05Z');

test('an event is one line of JSON with its time', () => {
  const line = reportLine({ event: 'login-failed', site: 'portal', problem: 'cancelled' }, at);
  expect(JSON.parse(line)).toEqual({
    time: '2026-01-02T03:04:05.000Z',
    event: 'login-failed',
    site: 'portal',
    problem: 'cancelled',
  });
  expect(line).not.toContain('\n');
});

test('of an error only name, code and OAuth error word remain', () => {
  const error = Object.assign(new Error('code=secret-code', { cause: 'secret-token' }), {
    code: 'OAUTH_RESPONSE_BODY_ERROR',
    error: 'invalid_grant',
  });
  expect(reportLine({ event: 'login-failed', error }, at)).toContain(
    '"error":"Error OAUTH_RESPONSE_BODY_ERROR invalid_grant"',
  );
  expect(reportLine({ event: 'login-failed', error }, at)).not.toContain('secret');
});

test('an error word that is no word is left out', () => {
  const error = Object.assign(new Error(''), { error: 'look at https://evil.test/?token=abc' });
  expect(JSON.parse(reportLine({ event: 'login-failed', error }, at))).toMatchObject({ error: 'Error' });
});

test('what is no error is called unknown', () => {
  expect(JSON.parse(reportLine({ event: 'request-failed', error: 'secret' }, at))).toMatchObject({ error: 'unknown' });
});
