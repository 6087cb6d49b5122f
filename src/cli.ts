// The command line: demo · serve · migrate · client · key · audit · docs. Exit codes: 0 done, 1 failed, 2 usage,
// 78 configuration. Heavy parts are imported by the command that needs them, so that --help is quick.
import { Command, CommanderError } from 'commander';
import { addBillingCommands } from './cli-billing.ts';
import { addContractCommands } from './cli-contracts.ts';
import { addCustomerIdCommands } from './cli-customer-ids.ts';
import { addLineCommands } from './cli-lines.ts';
import { addMailboxCommands } from './cli-mailboxes.ts';
import { addNotificationCommands } from './cli-notifications.ts';
import { addOrderCommands } from './cli-orders.ts';
import { addStaffCommands } from './cli-staff.ts';
import { UsageError } from './cli-staff-output.ts';
import { addSubscriberCommands } from './cli-subscribers.ts';
import { addTextCommands } from './cli-texts.ts';
import { addUsageCommands } from './cli-usage.ts';
import { ConfigError, environment, loadConfig } from './ops/config.ts';

const exitCodes = { done: 0, failed: 1, usage: 2, configuration: 78 } as const;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function createProgram(): Command {
  const program = new Command('cli')
    .description('OpenID Connect and CIBA provider with Mobile Connect')
    .addHelpText('after', '\nSettings come from the environment, see docs/config.md.')
    .exitOverride();
  program
    .command('demo')
    .description('provider, portal and simulator with the demo world')
    .action(async () => {
      const { runDemo } = await import('./cli-serve.ts');
      await runDemo(environment(), print);
    });
  program
    .command('serve')
    .description('the provider for production')
    .action(async () => {
      const config = loadConfig(environment(), 'serve');
      const { serve } = await import('./cli-serve.ts');
      await serve(config);
    });
  const staff = { run: runStaff, print, fail: () => setExitCode(exitCodes.failed) };
  addStaffCommands(program, staff);
  addSubscriberCommands(program, staff);
  addLineCommands(program, staff);
  addMailboxCommands(program, staff);
  addOrderCommands(program, staff);
  addBillingCommands(program, staff);
  addContractCommands(program, staff);
  addCustomerIdCommands(program, staff);
  addTextCommands(program, staff);
  addNotificationCommands(program, staff);
  addUsageCommands(program, staff);
  program
    .command('docs')
    .description('write the documents that are made from code')
    .option('--check', 'write nothing; exit code 1 if one is out of date')
    .action(async ({ check }: { check?: boolean }) => await docs(check === true));
  return inheritExitOverride(program);
}

/** A command made by itself, beside the program, does not know that errors are to be thrown. */
function inheritExitOverride(command: Command): Command {
  for (const inner of command.commands) inheritExitOverride(inner.exitOverride());
  return command;
}

async function runStaff(name: string, input?: unknown): Promise<unknown> {
  const given = environment();
  const config = loadConfig(given, 'tool');
  const { runOperation } = await import('./cli-operations.ts');
  const { adminOperations } = await import('./admin-operations.ts');
  const operation = adminOperations.find((one) => one.name === name);
  if (operation === undefined) throw new Error(`there is no operation ${name}`);
  const { openAdminContext } = await import('./cli-context.ts');
  const openContext = () => openAdminContext(config, { issuerGiven: Boolean(given['ISSUER']) });
  return await runOperation({ config, openContext }, operation, input);
}

async function docs(check: boolean): Promise<void> {
  const { staleDocs, writeDocs } = await import('./cli-docs.ts');
  if (!check) return print(`written: ${writeDocs().join(', ')}`);
  const stale = staleDocs();
  if (stale.length === 0) return print('the documents are up to date');
  print(`out of date: ${stale.join(', ')}; write them with: npm run cli -- docs`);
  setExitCode(exitCodes.failed);
}

function setExitCode(code: number): void {
  process.exitCode = code;
}

/** Which code an error ends with; an error that no command expects is a bug and keeps its stack. */
function report(error: unknown): number {
  // Commander has printed its words already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  const expected = error instanceof Error && expectedErrors.has(error.name);
  process.stderr.write(`${expected ? messageOf(error) : unexpectedWords(error)}\n`);
  if (error instanceof ConfigError) return exitCodes.configuration;
  const isUsage =
    error instanceof UsageError || (error instanceof Error && 'code' in error && error.code === 'validation');
  return isUsage ? exitCodes.usage : exitCodes.failed;
}

// By name, because their modules are imported only by the commands that throw them.
const expectedErrors = new Set([
  'ConfigError',
  'UsageError',
  'CommandFailed',
  'OperationRefused',
  'ServerUnreachable',
  'DirectoryInUseError',
  'SealError',
]);

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

function unexpectedWords(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // The operating system and the database server say by a code what is wrong with the world, not with this program.
  if (/^E[A-Z]+$|^[0-9A-Z]{5}$/.test(code)) return `failed: ${messageOf(error)}`;
  return error instanceof Error
    ? `unexpected error: ${messageOf(error)}\n${error.stack ?? ''}`
    : `failed: ${String(error)}`;
}

if (import.meta.main) {
  try {
    await createProgram().parseAsync();
  } catch (error) {
    process.exitCode = report(error);
  }
}
