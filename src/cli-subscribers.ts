// The staff commands on subscribers: `subscriber import`, `subscriber show`, `sim-export`.
import { readFileSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { printFields, printTable } from './cli-output.ts';
import {
  asJson,
  type Json,
  type JsonOption,
  leaf,
  output,
  rows,
  type StaffDeps,
  UsageError,
} from './cli-staff-output.ts';

/** Adds the commands to the program. */
export function addSubscriberCommands(program: Command, deps: StaffDeps): void {
  program.addCommand(subscriberCommand(deps));
  program.addCommand(simExportCommand(deps));
}

function subscriberCommand(deps: StaffDeps): Command {
  const subscriber = new Command('subscriber').description('customers with their lines and SIMs');
  subscriber.addCommand(
    leaf('import', 'bring customers in; all or none')
      .argument('<file>', 'JSON: { "subscribers": [ … ] } or the list alone, - for standard input')
      .action(async (file: string, options: JsonOption) => {
        const answer = await deps.run('subscriber.import', readSubscribers(file));
        output(deps, options, answer, ({ imported }) => `imported ${String(imported)}`);
      }),
  );
  subscriber.addCommand(
    leaf('show', 'one customer by number or e-mail address')
      .argument('<identifier...>', 'in any usual spelling: 06 39 98 00 01, +33639980001, alice@exemple.test')
      .action(async (words: string[], options: JsonOption) => {
        output(deps, options, await deps.run('subscriber.show', { identifier: words.join(' ') }), showSubscriber);
      }),
  );
  return subscriber;
}

function readSubscribers(file: string): Json {
  const text = readFileSync(file === '-' ? 0 : file, 'utf8');
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? { subscribers: parsed } : asJson(parsed);
  } catch {
    throw new UsageError(`${file} is not JSON`);
  }
}

function showSubscriber({ account, lines }: Json): string {
  const parts = rows(lines).map(printFields);
  return [...(account === undefined ? [] : [printFields(asJson(account))]), ...parts].join('\n\n');
}

function simExportCommand(deps: StaffDeps): Command {
  return leaf('sim-export', 'the keys of the test SIMs, for the simulator; contains keys, keep it to yourself')
    .option('--out <file>', 'write here, readable by you alone, instead of printing')
    .action(async ({ out, ...options }: JsonOption & { out?: string }) => {
      const exported = await deps.run('sim.export');
      if (out === undefined) {
        deps.print(JSON.stringify(exported, null, 1));
        return;
      }
      writeFileSync(out, JSON.stringify(exported, null, 1), { mode: 0o600 });
      output(deps, options, { file: out, sims: rows(asJson(exported)['sims']).length }, (answer) =>
        printTable([answer], ['file', 'sims']),
      );
    });
}
