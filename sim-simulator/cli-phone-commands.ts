// The commands about phones: list, show, wait, key, behave, power, coverage, unlock, replace, move, reset.

import { type Command, Option } from 'commander';
import { z } from 'zod';
import { screenSchema, simPath, simSchema, smsSchema } from './cli-client.ts';
import { behaviourOf, type KeyOptions, keyOf, modes, secondsOf, seqOf, switchOf } from './cli-keys.ts';
import { formatNumber, parseNumber } from './cli-number.ts';
import { clientOf, type RemoteOptions, remoteCommand } from './cli-remote.ts';
import { printScreen, printSim, printSms, simHeading, simRow } from './cli-screens.ts';
import { type CliContext, CliError, exitCodes, printJson, printLine, printTable } from './cli-terminal.ts';

const fleetSchema = z.array(simSchema);
const waitSchema = z.union([screenSchema, smsSchema]);
const anySchema = z.unknown();
const sparesSchema = z.array(z.looseObject({ iccid: z.string(), serial13: z.string().nullish() }));
const longestPollSeconds = 100;
const numberArgument = '<msisdn...>';

/** Adds the commands about phones to the program. */
export function addPhoneCommands(program: Command, context: CliContext): void {
  addList(program, context);
  addShow(program, context);
  addWait(program, context);
  addKey(program, context);
  addBehave(program, context);
  addSwitch(program, context, { name: 'power', field: 'power', about: 'switch a phone on or off' });
  addSwitch(program, context, { name: 'coverage', field: 'coverage', about: 'put a phone in or out of coverage' });
  addSwitch(program, context, { name: 'unlock', field: 'unlocked', about: 'unlock a phone, or lock it with "off"' });
  addReplace(program, context);
  addMove(program, context);
  addReset(program, context);
}

function addList(program: Command, { terminal }: CliContext): void {
  const command = remoteCommand(program, 'list', 'every phone of the simulator');
  command.option('--spares', 'the SIMs that are in no phone, for "replace"');
  command.action(async (options: RemoteOptions & { spares?: true }) => {
    if (options.spares) return listSpares(options, terminal);
    const sims = (await clientOf(options).call({ path: '/v1/sims', schema: fleetSchema })) ?? [];
    if (options.json) return printJson(terminal, sims);
    printTable(terminal, simHeading, sims.map(simRow));
  });
}

async function listSpares(options: RemoteOptions, terminal: CliContext['terminal']): Promise<void> {
  const spares = (await clientOf(options).call({ path: '/v1/spares', schema: sparesSchema })) ?? [];
  if (options.json) printJson(terminal, spares);
  else
    printTable(
      terminal,
      ['ICCID', 'PRINTED NUMBER'],
      spares.map((spare) => [spare.iccid, spare.serial13 ?? '']),
    );
}

function addShow(program: Command, { terminal }: CliContext): void {
  remoteCommand(program, 'show', 'one phone with its SIM and its screen')
    .argument(numberArgument, 'the number, in any usual spelling')
    .action(async (number: string[], options: RemoteOptions) => {
      const sim = await clientOf(options).call({ path: simPath(parseNumber(number)), schema: simSchema });
      if (options.json) return printJson(terminal, sim);
      if (sim) printSim(terminal, sim);
    });
}

type WaitOptions = RemoteOptions & { for: 'screen' | 'sms'; timeout: string; after?: string };

function addWait(program: Command, { terminal }: CliContext): void {
  remoteCommand(program, 'wait', 'wait until a screen or an SMS is there')
    .argument(numberArgument, 'the number')
    .addOption(new Option('--for <what>', 'what to wait for').choices(['screen', 'sms']).default('screen'))
    .option('--timeout <seconds>', 'give up after so many seconds, exit code 4', '20')
    .option('--after <seq>', 'only what came after this seq')
    .action(async (number: string[], options: WaitOptions) => {
      const timeout = secondsOf(options.timeout);
      const found = await waitFor(options, parseNumber(number), timeout);
      if (!found) throw timedOut(options.for, timeout);
      if (options.json) return printJson(terminal, found);
      const screen = screenSchema.safeParse(found);
      if (screen.success) return printScreen(terminal, screen.data);
      printSms(terminal, [smsSchema.parse(found)]);
    });
}

// The API waits two minutes at most; a longer wish is several calls.
async function waitFor(options: WaitOptions, msisdn: string, timeout: number) {
  const client = clientOf(options);
  const after = seqOf(options.after);
  for (let left = timeout; ; left -= longestPollSeconds) {
    const seconds = Math.min(left, longestPollSeconds);
    const query = new URLSearchParams({ for: options.for, timeout: String(seconds), ...(after ? { after } : {}) });
    const path = simPath(msisdn, `/wait?${query}`);
    const found = await client.call({ path, schema: waitSchema, withinMs: (seconds + 10) * 1000 });
    if (found || left <= longestPollSeconds) return found;
  }
}

function timedOut(what: 'screen' | 'sms', timeout: number): CliError {
  const name = what === 'sms' ? 'SMS' : 'screen';
  return new CliError(exitCodes.timedOut, 'timed_out', `No ${name} came within ${timeout} s.`);
}

function addKey(program: Command, { terminal }: CliContext): void {
  remoteCommand(program, 'key', 'answer what is on the screen of a phone')
    .argument(numberArgument, 'the number')
    .option('--ok', 'the OK key')
    .option('--pin <digits>', 'type the PIN and OK')
    .option('--code <digits>', 'type the reference code and OK')
    .option('--cancel', 'the Cancel key')
    .option('--back', 'the Back key')
    .option('--fraud', 'the choice "It was not me"')
    .action(async (number: string[], options: RemoteOptions & KeyOptions) => {
      const key = keyOf(options);
      const path = simPath(parseNumber(number), '/keys');
      const after = await clientOf(options).call({ method: 'POST', path, body: key, schema: anySchema });
      if (options.json) return printJson(terminal, after ?? null);
      printAfterKey(terminal, after);
    });
}

function printAfterKey(terminal: CliContext['terminal'], after: unknown): void {
  const sim = simSchema.safeParse(after);
  const screen = screenSchema.safeParse(sim.success ? sim.data.screen : after);
  if (screen.success) printScreen(terminal, screen.data);
  else printLine(terminal, 'Done. Nothing is on the screen now.');
}

type BehaveOptions = RemoteOptions & { pin?: string; delayMs?: string; times?: string };

function addBehave(program: Command, { terminal }: CliContext): void {
  remoteCommand(program, 'behave', 'choose how a phone answers: by hand or by itself')
    .argument('<words...>', `the number, then a mode: ${modes.join(', ')}`)
    .usage('<msisdn> <mode> [options]')
    .option('--pin <digits>', "the PIN that is typed; the card's own if not given")
    .option('--delay-ms <ms>', 'time to think, in milliseconds')
    .option('--times <n>', 'how many wrong PINs "wrong-pin" types')
    .action(async (words: string[], options: BehaveOptions) => {
      const behaviour = behaviourOf(words.at(-1) ?? '', options);
      const path = simPath(parseNumber(words.slice(0, -1)));
      const sim = await clientOf(options).call({ method: 'PATCH', path, body: { behaviour }, schema: simSchema });
      if (options.json) return printJson(terminal, sim);
      if (sim) printLine(terminal, `${formatNumber(sim.msisdn)} now: ${sim.behaviour.mode}`);
    });
}

type Switch = { name: string; field: 'power' | 'coverage' | 'unlocked'; about: string };

function addSwitch(program: Command, { terminal }: CliContext, { name, field, about }: Switch): void {
  // A phone that is restarted goes off and on.
  const ways = field === 'power' ? ['on', 'off', 'cycle'] : ['on', 'off'];
  remoteCommand(program, name, about)
    .argument('<words...>', `the number, then ${ways.join(' or ')}`)
    .usage(`<msisdn> ${ways.join('|')} [options]`)
    .action(async (words: string[], options: RemoteOptions) => {
      const path = simPath(parseNumber(words.slice(0, -1)));
      const isCycle = field === 'power' && words.at(-1) === 'cycle';
      const isOn = isCycle || switchOf(words.at(-1));
      if (isCycle) await clientOf(options).call({ method: 'PATCH', path, body: { power: false }, schema: simSchema });
      const sim = await clientOf(options).call({ method: 'PATCH', path, body: { [field]: isOn }, schema: simSchema });
      if (options.json) return printJson(terminal, sim);
      if (sim) printLine(terminal, `${formatNumber(sim.msisdn)} ${field}: ${sim[field] ? 'on' : 'off'}`);
    });
}

function addReplace(program: Command, { terminal }: CliContext): void {
  remoteCommand(program, 'replace', 'put a new SIM into a phone; the number stays')
    .argument(numberArgument, 'the number')
    .requiredOption('--iccid <digits>', 'the card number of the new SIM')
    .action(async (number: string[], options: RemoteOptions & { iccid: string }) => {
      const iccid = options.iccid.replace(/[\s-]/g, '');
      if (!/^\d{19,20}$/.test(iccid)) {
        throw new CliError(exitCodes.usage, 'bad_iccid', 'A card number (ICCID) has 19 or 20 digits.');
      }
      const path = simPath(parseNumber(number), '/replace');
      const after = await clientOf(options).call({ method: 'POST', path, body: { iccid }, schema: anySchema });
      if (options.json) return printJson(terminal, after ?? null);
      printLine(terminal, `${formatNumber(parseNumber(number))} now has the SIM ${iccid}.`);
    });
}

function addMove(program: Command, { terminal }: CliContext): void {
  remoteCommand(program, 'move', 'put the SIM of a number into another phone')
    .argument(numberArgument, 'the number')
    .option('--model <name>', 'what the other phone is called')
    .option('--imei <digits>', 'its number; one for tests by default')
    .action(async (number: string[], options: RemoteOptions & { model?: string; imei?: string }) => {
      const path = simPath(parseNumber(number), '/move');
      const { model, imei } = options;
      const body = { model, imei };
      const after = await clientOf(options).call({ method: 'POST', path, body, schema: anySchema });
      if (options.json) return printJson(terminal, after ?? null);
      printLine(terminal, `The SIM of ${formatNumber(parseNumber(number))} is in another phone now.`);
    });
}

function addReset(program: Command, { terminal }: CliContext): void {
  remoteCommand(program, 'reset', 'the fleet as at start; counters stay').action(async (options: RemoteOptions) => {
    const after = await clientOf(options).call({ method: 'POST', path: '/v1/reset', body: {}, schema: anySchema });
    if (options.json) return printJson(terminal, after ?? null);
    printLine(terminal, 'The fleet is as at start. Counters are kept.');
  });
}
