// The staff command on mailboxes: `mailbox resolve`.
import { Command } from 'commander';
import { printFields } from './cli-output.ts';
import { type JsonOption, leaf, output, type StaffDeps } from './cli-staff-output.ts';

/** Adds the command to the program. */
export function addMailboxCommands(program: Command, deps: StaffDeps): void {
  const mailbox = new Command('mailbox').description('mailboxes and their addresses, for the mail platform');
  mailbox.addCommand(
    leaf('resolve', 'the mailbox that mail to an address goes to; an alias shares one')
      .argument('<address>', 'an e-mail address')
      .action(async (address: string, options: JsonOption) => {
        output(deps, options, await deps.run('mailbox.resolve', { address }), printFields);
      }),
  );
  program.addCommand(mailbox);
}
