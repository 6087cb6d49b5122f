// The staff commands on lines and SIMs: `line show|suspend|reactivate|change-number|terminate|handset`, and
// `sim reserve|ship|deliver|cancel|confirm|fail`.
import { Command } from 'commander';
import { printFields } from './cli-output.ts';
import { asJson, type Json, type JsonOption, leaf, output, type StaffDeps } from './cli-staff-output.ts';

/** Adds the commands to the program. */
export function addLineCommands(program: Command, deps: StaffDeps): void {
  program.addCommand(lineCommand(deps));
  program.addCommand(simCommand(deps));
}

const numberArgument = '<number...>';
const numberHelp = 'the number of the line, in any usual spelling';

function lineCommand(deps: StaffDeps): Command {
  const line = new Command('line').description('lines: what they are, and what happens to them');
  line.addCommand(
    leaf('show', 'a line with its SIM and the state of Mobile Connect')
      .argument(numberArgument, numberHelp)
      .action(async (words: string[], options: JsonOption) => {
        output(deps, options, await deps.run('line.show', { number: words.join(' ') }), printFields);
      }),
  );
  line.addCommand(
    leaf('suspend', 'cut a line whose phone is lost or stolen, at once')
      .argument(numberArgument, numberHelp)
      .option('--reason <reason>', 'lost, stolen or other', 'other')
      .action(async (words: string[], options: JsonOption & { reason: string }) => {
        const answer = await deps.run('line.suspend', { number: words.join(' '), reason: options.reason });
        output(deps, options, answer, outcomeWords);
      }),
  );
  line.addCommand(
    leaf('reactivate', 'put a suspended line back into service')
      .argument(numberArgument, numberHelp)
      .action(async (words: string[], options: JsonOption) => {
        output(deps, options, await deps.run('line.reactivate', { number: words.join(' ') }), outcomeWords);
      }),
  );
  line.addCommand(
    leaf('change-number', 'give a line another number; Mobile Connect ends with the old one')
      .argument(numberArgument, numberHelp)
      .requiredOption('--to <number>', 'the new number')
      .action(async (words: string[], options: JsonOption & { to: string }) => {
        const answer = await deps.run('line.change-number', { number: words.join(' '), to: options.to });
        output(deps, options, answer, outcomeWords);
      }),
  );
  line.addCommand(
    leaf('terminate', 'end a line with its SIM and Mobile Connect')
      .argument(numberArgument, numberHelp)
      .action(async (words: string[], options: JsonOption) => {
        output(deps, options, await deps.run('line.terminate', { number: words.join(' ') }), outcomeWords);
      }),
  );
  line.addCommand(
    leaf('handset', 'the phone that the network sees the SIM of a line in')
      .argument(numberArgument, numberHelp)
      .requiredOption('--imei <digits>', 'its 15 digits; only the type and two digits are kept')
      .requiredOption('--model <name>', 'what it is called')
      .action(async (words: string[], options: JsonOption & { imei: string; model: string }) => {
        const { imei, model } = options;
        const input = { number: words.join(' '), imei: imei.replace(/[ -]/g, ''), model };
        output(deps, options, await deps.run('line.handset', input), outcomeWords);
      }),
  );
  return line;
}

function outcomeWords({ outcome, line }: Json): string {
  const fields = line === undefined ? '' : `\n${printFields(asJson(line))}`;
  return `${String(outcome)}${fields}`;
}

function simCommand(deps: StaffDeps): Command {
  const sim = new Command('sim').description(
    'new SIMs for lines; the customer activates them by the 13 digits on them',
  );
  sim.addCommand(
    leaf('reserve', 'take a SIM out of the stock for a line')
      .argument(numberArgument, numberHelp)
      .option('--iccid <digits>', 'this SIM; default: the first in stock')
      .action(async (words: string[], options: JsonOption & { iccid?: string }) => {
        const { iccid } = options;
        const input = {
          number: words.join(' '),
          ...(iccid === undefined ? {} : { iccid: iccid.replace(/[ -]/g, '') }),
        };
        output(deps, options, await deps.run('sim.reserve', input), simWords);
      }),
  );
  for (const [name, about] of [
    ['ship', 'send it: from now on it can be activated'],
    ['deliver', 'it has arrived'],
    ['cancel', 'take it back: its number is not accepted any more'],
  ] as const) {
    sim.addCommand(
      leaf(name, about)
        .argument(numberArgument, numberHelp)
        .action(async (words: string[], options: JsonOption) => {
          output(deps, options, await deps.run(`sim.${name}`, { number: words.join(' ') }), simWords);
        }),
    );
  }
  for (const [name, about] of [
    ['confirm', 'the network has taken the SIM that is being activated'],
    ['fail', 'the network has not taken it: nothing changes'],
  ] as const) {
    sim.addCommand(
      leaf(name, about)
        .argument(numberArgument, numberHelp)
        .action(async (words: string[], options: JsonOption) => {
          const answer = await deps.run(`sim.${name}`, { number: words.join(' ') });
          output(deps, options, answer, ({ line }) => printFields(asJson(line)));
        }),
    );
  }
  return sim;
}

function simWords({ sim }: Json): string {
  return printFields(asJson(sim));
}
