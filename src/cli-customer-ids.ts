// The staff commands on Customer IDs: `customer-id issue`, `customer-id show`.
import { Command } from 'commander';
import { printFields } from './cli-output.ts';
import { type JsonOption, leaf, output, type StaffDeps } from './cli-staff-output.ts';

interface IssueOptions extends JsonOption {
  readonly identityDocument: string;
  readonly advisor: string;
  readonly number?: string;
}

/** Adds the commands to the program. */
export function addCustomerIdCommands(program: Command, deps: StaffDeps): void {
  const customerId = new Command('customer-id').description('access codes of companies to all their accounts');
  customerId.addCommand(
    leaf('issue', 'a new Customer ID, printed this once; the former one and its sessions end')
      .argument('<company>', 'id or name')
      .requiredOption('--identity-document <kind:number>', 'what was shown: national-id, passport or driving-licence')
      .requiredOption('--advisor <name>', 'who has checked it')
      .option(
        '--number <number>',
        'where the codes of a registration go, such as +230…; the one on file stays without it',
      )
      .action(async (company: string, { identityDocument, advisor, number, ...options }: IssueOptions) => {
        const order = { company, identityDocument, advisor, ...(number === undefined ? {} : { number }) };
        output(deps, options, await deps.run('customer-id.issue', order), printFields);
      }),
  );
  customerId.addCommand(
    leaf('show', 'whether a company has one, by its last characters, and who issued it')
      .argument('<company>', 'id or name')
      .action(async (company: string, options: JsonOption) => {
        output(deps, options, await deps.run('customer-id.show', { company }), printFields);
      }),
  );
  program.addCommand(customerId);
}
