// The commands on notifications to clients: list, show, redeliver.
import { Command } from 'commander';
import { printFields, printTable } from './cli-output.ts';
import { asJson, type Json, type JsonOption, leaf, output, rows, type StaffDeps } from './cli-staff-output.ts';

/** Adds them to the program. */
export function addNotificationCommands(program: Command, deps: StaffDeps): void {
  const notification = new Command('notification').description('notifications to clients (Mobile Connect)');
  notification.addCommand(
    leaf('list', 'the newest first, with the fate of each')
      .option('--client <client-id>', 'of this client only')
      .action(async (options: JsonOption & { client?: string }) => {
        const input = options.client === undefined ? {} : { clientId: options.client };
        output(deps, options, await deps.run('notification.list', input), listWords);
      }),
  );
  notification.addCommand(
    leaf('show', 'one notification with each try to deliver it; never a token')
      .argument('<id>')
      .action(async (id: string, options: JsonOption) => {
        output(deps, options, await deps.run('notification.show', { id }), showWords);
      }),
  );
  notification.addCommand(
    leaf('redeliver', 'send it once more; the client knows it again by its jti')
      .argument('<id>')
      .action(async (id: string, options: JsonOption) => {
        output(deps, options, await deps.run('notification.redeliver', { id }), () => `redelivering ${id}`);
      }),
  );
  program.addCommand(notification);
}

function listWords({ notifications }: Json): string {
  return printTable(rows(notifications), [
    'id',
    'clientId',
    'outcome',
    'createdAt',
    'deliveries',
    'lastStatus',
    'deliveredAt',
  ]);
}

function showWords(answer: Json): string {
  const { tries, ...fields } = asJson(answer);
  return `${printFields(fields)}\n${printTable(rows(tries), ['number', 'at', 'status', 'fault'])}`;
}
