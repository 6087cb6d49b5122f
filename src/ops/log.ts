// The log: one pino instance with a redaction list, whose lines carry the trace id of the request that they belong to.
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Logger, pino } from 'pino';

/** What the rest of the code may do with a log. Never pass a PIN, password, code, token, key or full number. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'> & { child(bindings: object): Log };

// A second line of defence: fields of these names never leave, wherever they stand.
const secretFields = [
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
];

// Not state but context: it follows the flow of control of one request, whoever logs in it.
const traces = new AsyncLocalStorage<string>();

/** Does the work of a request; every line that is logged meanwhile carries its trace id. */
export function runWithTrace<T>(trace: string, work: () => T): T {
  return traces.run(trace, work);
}

/** The trace id of the request that is worked on now; undefined where there is none. */
export function currentTrace(): string | undefined {
  return traces.getStore();
}

/** Makes the process's log. `destination` is for tests; the default is standard output. */
export function createLog(level: string, destination?: { write(line: string): void }): Log {
  const paths = secretFields.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: () => ({ trace: traces.getStore() }),
    redact: { paths, censor: '[hidden]' },
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
