// The command that follows everything that happens in a simulator.

import type { Command } from 'commander';
import { eventSchema, type SimulatorEvent } from './cli-client.ts';
import { seqOf } from './cli-keys.ts';
import { formatNumber, parseNumber } from './cli-number.ts';
import { clientOf, type RemoteOptions, remoteCommand } from './cli-remote.ts';
import { type CliContext, CliError, exitCodes, paint, printable, printJson, printLine } from './cli-terminal.ts';

const maxEventCharacters = 1024 * 1024;

type EventOptions = RemoteOptions & { only?: string; count?: string; after?: string };

/** Adds `events` to the program. */
export function addEventsCommand(program: Command, context: CliContext): void {
  remoteCommand(program, 'events', 'follow everything that happens, until Ctrl+C')
    .option('--only <msisdn>', 'only what happens to this number')
    .option('--after <seq>', 'begin with what came after this seq, as far as it is kept; 0 for all')
    .option('--count <n>', 'end after so many events')
    .action(async (options: EventOptions) => {
      const only = options.only === undefined ? undefined : parseNumber(options.only);
      await follow({ only, left: countOf(options.count) }, options, context);
    });
}

async function follow(
  wanted: { only: string | undefined; left: number },
  options: EventOptions,
  { terminal, signal }: CliContext,
): Promise<void> {
  let { left } = wanted;
  const ended = new AbortController();
  try {
    const stream = await clientOf(options).stream('/v1/events', {
      signal: AbortSignal.any([signal, ended.signal]),
      lastEventId: seqOf(options.after),
    });
    for await (const event of readEvents(stream)) {
      if (wanted.only !== undefined && event.msisdn !== wanted.only) continue;
      if (options.json) printJson(terminal, event);
      else
        printLine(
          terminal,
          eventLine(event, (text) => paint(terminal, 'dim', text)),
        );
      left -= 1;
      if (left === 0) return;
    }
  } catch (error) {
    // Ctrl+C is how this command ends.
    if (signal.aborted) return;
    if (error instanceof CliError) throw error;
    throw gone();
  } finally {
    ended.abort();
  }
  if (!signal.aborted) throw gone();
}

function gone(): CliError {
  return new CliError(exitCodes.unreachable, 'gone', 'The simulator has ended the connection.');
}

function countOf(written: string | undefined): number {
  if (written === undefined) return Number.POSITIVE_INFINITY;
  if (/^[1-9]\d{0,8}$/.test(written)) return Number(written);
  throw new CliError(exitCodes.usage, 'bad_count', 'The value of --count is a whole number from 1.');
}

/** Reads server-sent events: the JSON object of each `data:` block; what is no event is passed over. */
async function* readEvents(stream: ReadableStream<Uint8Array>): AsyncGenerator<SimulatorEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    rest += decoder.decode(chunk, { stream: true });
    if (rest.length > maxEventCharacters) throw gone();
    const blocks = rest.split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parseBlock(block);
      if (event) yield event;
    }
  }
}

function parseBlock(block: string): SimulatorEvent | undefined {
  const data = block
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice('data:'.length).trimStart())
    .join('\n');
  try {
    return data === '' ? undefined : eventSchema.safeParse(JSON.parse(data)).data;
  } catch {
    return undefined;
  }
}

function eventLine(event: SimulatorEvent, quiet: (text: string) => string): string {
  const { seq: _seq, at, type, msisdn, ...rest } = event;
  const details = Object.entries(rest)
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const who = msisdn ? formatNumber(msisdn) : '';
  const line = `${type.padEnd(16)}  ${who.padEnd(14)}  ${details.join('  ')}`.trimEnd();
  return `${quiet(printable(at))}  ${printable(line).replaceAll('\n', ' ')}`;
}
