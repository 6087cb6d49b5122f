// The commands that use a phone: call, sms, data; and what was used: usage.

import type { Command } from 'commander';
import { z } from 'zod';
import { simPath } from './cli-client.ts';
import { formatNumber, parseNumber } from './cli-number.ts';
import { clientOf, type RemoteOptions, remoteCommand } from './cli-remote.ts';
import { type CliContext, CliError, exitCodes, printJson, printLine, printTable } from './cli-terminal.ts';

const entrySchema = z.looseObject({
  eventId: z.string(),
  at: z.string(),
  msisdn: z.string(),
  type: z.string(),
  quantity: z.number(),
  peer: z.string().nullish(),
  abroad: z.string().nullish(),
  state: z.string(),
});
type Entry = z.output<typeof entrySchema>;

const numberArgument = '<msisdn...>';
const megabyte = 1_000_000;

type UseOptions = RemoteOptions & {
  to?: string;
  abroad?: string;
  seconds?: string;
  count?: string;
  megabytes?: string;
};

/** Adds them to the program. */
export function addUsageCommands(program: Command, context: CliContext): void {
  const to = ['--to <number>', 'whom: +33639980002, or a short number'] as const;
  useCommand(program, context, { name: 'call', about: 'call somebody' })
    .option(...to)
    .option('--seconds <number>', 'how long', '60');
  useCommand(program, context, { name: 'sms', about: 'send SMS' })
    .option(...to)
    .option('--count <number>', 'how many', '1');
  useCommand(program, context, { name: 'data', about: 'use the mobile Internet' }).option(
    '--megabytes <number>',
    'how much',
    '10',
  );
  addList(program, context);
}

function useCommand(program: Command, { terminal }: CliContext, { name, about }: { name: Name; about: string }) {
  return remoteCommand(program, name, `${about}, from this phone`)
    .argument(numberArgument, 'the number of the phone, in any usual spelling')
    .option('--abroad <country>', 'in this country: ES')
    .action(async (number: string[], options: UseOptions) => {
      const path = simPath(parseNumber(number), '/usage');
      const body = { ...wishOf(name, options), abroad: options.abroad };
      const entry = await clientOf(options).call({ method: 'POST', path, body, schema: entrySchema });
      if (options.json) printJson(terminal, entry);
      else if (entry) printLine(terminal, rowOf(entry).join('  '));
    });
}

type Name = 'call' | 'sms' | 'data';

function wishOf(name: Name, { to, seconds, count, megabytes }: UseOptions) {
  const peer = to === undefined ? undefined : peerOf(to);
  if (name === 'call') return { type: 'voice', quantity: amountOf(seconds), peer };
  if (name === 'sms') return { type: 'sms', quantity: amountOf(count), peer };
  return { type: 'data', quantity: Math.round(amountOf(megabytes) * megabyte) };
}

/** A short number as it is; others in any usual spelling. */
function peerOf(written: string): string {
  return /^\d{2,8}$/.test(written) ? written : parseNumber([written]);
}

function amountOf(written = ''): number {
  const amount = Number(written);
  if (written !== '' && Number.isFinite(amount) && amount >= 0) return amount;
  throw new CliError(exitCodes.usage, 'bad_amount', 'The amount is a number that is not below zero.');
}

function addList(program: Command, { terminal }: CliContext): void {
  remoteCommand(program, 'usage', 'what the phones have used, newest first').action(async (options: RemoteOptions) => {
    const entries = (await clientOf(options).call({ path: '/v1/usage', schema: z.array(entrySchema) })) ?? [];
    if (options.json) return printJson(terminal, entries);
    printTable(terminal, ['AT', 'PHONE', 'KIND', 'AMOUNT', 'WITH', 'IN', 'STATE'], entries.map(rowOf));
  });
}

function rowOf({ at, msisdn, type, quantity, peer, abroad, state }: Entry): string[] {
  return [at, formatNumber(msisdn), type, String(quantity), peer ?? '', abroad ?? '', state];
}
