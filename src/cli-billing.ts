// The staff commands of billing: `billing run`, `billing credit`.
import { Command } from 'commander';
import { printFields } from './cli-output.ts';
import { type JsonOption, leaf, output, type StaffDeps } from './cli-staff-output.ts';

interface CreditOptions extends JsonOption {
  readonly amount: string;
  readonly currency: string;
  readonly reason: string;
  readonly reasonEnglish?: string;
  readonly reference: string;
  readonly taxCategory?: string;
}

/** Adds them to the program. */
export function addBillingCommands(program: Command, deps: StaffDeps): void {
  const billing = new Command('billing').description('bills of customers');
  billing.addCommand(
    leaf('run', 'make the bills of a month; started again, it does what is left')
      .requiredOption('--brand <id>')
      .option('--month <yyyy-mm>', 'default: the last month that is over')
      .action(async ({ brand, month, ...options }: JsonOption & { brand: string; month?: string }) => {
        const input = { brand, ...(month === undefined ? {} : { month }) };
        output(deps, options, await deps.run('billing.run', input), printFields);
      }),
  );
  billing.addCommand(
    leaf('credit', 'give credit on a bill; what it does not owe any more is taken off the next one')
      .argument('<invoice-id>')
      .requiredOption('--amount <value>', 'with tax: 12.34')
      .requiredOption('--currency <code>', 'of the bill: EUR')
      .requiredOption('--reason <text>', 'as the customer reads it, in French')
      .option('--reason-english <text>', 'the same in English')
      .requiredOption('--reference <id>', 'names what is credited; the same is credited once')
      .option('--tax-category <name>', 'standard, reduced or exempt')
      .action(async (invoiceId: string, { amount, currency, json, ...given }: CreditOptions) => {
        const input = { invoiceId, unit: currency, value: Number(amount), ...given };
        output(deps, { json: json ?? false }, await deps.run('billing.credit', input), printFields);
      }),
  );
  program.addCommand(billing);
}
