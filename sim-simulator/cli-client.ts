// The control API as the commands use it: calls a running simulator, checks what comes back, and turns every
// failure into words and an exit code.

import { z } from 'zod';
import { CliError, exitCodes } from './cli-terminal.ts';

const answerWithinMs = 15_000;

export const screenSchema = z.looseObject({
  seq: z.number().optional(),
  kind: z.string(),
  title: z.string(),
  text: z.string(),
  referenceCode: z.string().nullable(),
});

export const simSchema = z.looseObject({
  msisdn: z.string(),
  label: z.string().optional(),
  iccid: z.string(),
  power: z.boolean(),
  coverage: z.boolean(),
  unlocked: z.boolean(),
  enrolled: z.boolean(),
  triesLeft: z.number().nullable(),
  blocked: z.boolean(),
  screen: screenSchema.nullable(),
  behaviour: z.looseObject({ mode: z.string() }),
});

export const smsSchema = z.looseObject({ from: z.string(), text: z.string(), at: z.string() });

export const mailSchema = z.looseObject({
  to: z.array(z.string()),
  subject: z.string(),
  text: z.string(),
  html: z.string(),
  at: z.string(),
});

export const eventSchema = z.looseObject({
  at: z.string(),
  type: z.string(),
  seq: z.number().optional(),
  msisdn: z.string().nullish(),
});

export type Screen = z.infer<typeof screenSchema>;
export type Sim = z.infer<typeof simSchema>;
export type SimulatorEvent = z.infer<typeof eventSchema>;

const problemSchema = z.looseObject({ code: z.string().optional(), detail: z.string().optional() });

export type ClientOptions = { url: string; token?: string | undefined };

type Call<Schema extends z.ZodType> = {
  method?: 'GET' | 'POST' | 'PATCH';
  path: string;
  body?: unknown;
  schema: Schema;
  /** Milliseconds to wait for the answer; a long poll needs more than the usual. */
  withinMs?: number;
};

type StreamOptions = { signal: AbortSignal; lastEventId?: string | undefined };

export type Client = ReturnType<typeof createClient>;

/** Creates a client of the simulator at `url`. Every failure is a CliError. */
export function createClient({ url, token }: ClientOptions) {
  const base = baseUrl(url);
  const request = async (path: string, init: RequestInit): Promise<Response> => {
    try {
      const headers = { ...init.headers, ...(token ? { authorization: `Bearer ${token}` } : {}) };
      return await fetch(new URL(path, base), { ...init, headers, redirect: 'error' });
    } catch (error) {
      throw unreachable(base, error);
    }
  };
  return {
    url: base,
    /** Calls the API and gives the checked answer, or undefined for 204. */
    async call<Schema extends z.ZodType>(options: Call<Schema>): Promise<z.output<Schema> | undefined> {
      const { method = 'GET', path, body, withinMs = answerWithinMs } = options;
      const answer = await request(path, {
        method,
        signal: AbortSignal.timeout(withinMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      if (!answer.ok) throw await refusal(answer, base);
      if (answer.status === 204) return undefined;
      return checked(await readJson(answer, base), options.schema, base);
    },
    /** Opens the event stream; ends when `signal` says so or the simulator goes away. */
    async stream(path: string, { signal, lastEventId }: StreamOptions): Promise<ReadableStream<Uint8Array>> {
      const since = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
      const answer = await request(path, { headers: { accept: 'text/event-stream', ...since }, signal });
      if (!answer.ok) throw await refusal(answer, base);
      if (!answer.body || !answer.headers.get('content-type')?.includes('text/event-stream')) throw stranger(base);
      return answer.body;
    },
  };
}

/** Gives the path of a SIM in the API. */
export function simPath(msisdn: string, rest = ''): string {
  return `/v1/sims/${encodeURIComponent(msisdn)}${rest}`;
}

function baseUrl(url: string): string {
  const parsed = URL.parse(url.includes('://') ? url : `http://${url}`);
  if (parsed && /^https?:$/.test(parsed.protocol)) return parsed.origin;
  throw new CliError(exitCodes.usage, 'bad_url', 'The address after --url must look like http://localhost:3002');
}

function unreachable(base: string, error: unknown): CliError {
  const slow = error instanceof Error && error.name === 'TimeoutError';
  return new CliError(
    exitCodes.unreachable,
    'unreachable',
    slow
      ? `The simulator at ${base} does not answer in time.`
      : `No simulator answers at ${base}. Start it with "npm start" or "npm run sim -- serve", or name another with --url.`,
  );
}

function stranger(base: string): CliError {
  return new CliError(
    exitCodes.unreachable,
    'not_a_simulator',
    `Something answers at ${base}, but not as a simulator.`,
  );
}

async function readJson(answer: Response, base: string): Promise<unknown> {
  try {
    return JSON.parse(await answer.text());
  } catch {
    throw stranger(base);
  }
}

function checked<Schema extends z.ZodType>(value: unknown, schema: Schema, base: string): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw stranger(base);
  return parsed.data;
}

const words: Record<string, string> = {
  no_screen: 'Nothing is on the screen of this phone now.',
  wrong_key: 'The screen does not take this key. See what it asks with "show".',
};

async function refusal(answer: Response, base: string): Promise<CliError> {
  const problem = problemSchema.safeParse(await answer.json().catch(() => undefined));
  const code = problem.data?.code ?? `http_${answer.status}`;
  const detail = words[code] ?? problem.data?.detail ?? `The simulator at ${base} answered ${answer.status}.`;
  return new CliError(exitCodeOf(answer.status), code, answer.status === 401 ? needsToken(base) : detail);
}

function needsToken(base: string): string {
  return `The simulator at ${base} asks for its token. Give it with --token.`;
}

function exitCodeOf(status: number) {
  if (status === 409) return exitCodes.failed;
  return status >= 500 ? exitCodes.unreachable : exitCodes.usage;
}
