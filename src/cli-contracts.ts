// The staff commands on contracts: `contract show`, `contract transfer`, `contract end`.
import { Command } from 'commander';
import { printFields } from './cli-output.ts';
import { type JsonOption, leaf, output, type StaffDeps } from './cli-staff-output.ts';

/** Adds the commands to the program. */
export function addContractCommands(program: Command, deps: StaffDeps): void {
  const contract = new Command('contract').description('contracts: who has to do with them, another holder, their end');
  contract.addCommand(
    leaf('show', 'a contract with its lines, areas and proxies')
      .argument('<reference>', 'the contract reference')
      .action(async (reference: string, options: JsonOption) => {
        output(deps, options, await deps.run('contract.show', { reference }), printFields);
      }),
  );
  contract.addCommand(
    leaf('transfer', 'give a contract to another holder; all proxies end, the former holder’s areas lose it')
      .argument('<reference>', 'the contract reference')
      .requiredOption('--to <identifier>', 'number or e-mail address of the new holder’s account')
      .action(async (reference: string, options: JsonOption & { to: string }) => {
        output(deps, options, await deps.run('contract.transfer', { reference, to: options.to }), printFields);
      }),
  );
  contract.addCommand(
    leaf('end', 'end a contract whose lines are terminated; all proxies end')
      .argument('<reference>', 'the contract reference')
      .action(async (reference: string, options: JsonOption) => {
        output(deps, options, await deps.run('contract.end', { reference }), printFields);
      }),
  );
  program.addCommand(contract);
}
