// Puts the commands together and turns every outcome into an exit code. Knows no process: streams come in.

import { Command, CommanderError } from 'commander';
import { addCodecCommands } from './cli-codec-commands.ts';
import { addEventsCommand } from './cli-events.ts';
import { addMessageCommands } from './cli-message-commands.ts';
import { addPhoneCommands } from './cli-phone-commands.ts';
import { addServeCommand } from './cli-serve.ts';
import { type CliContext, CliError, type ExitCode, exitCodes, printJson, type Terminal } from './cli-terminal.ts';
import { addUsageCommands } from './cli-usage-commands.ts';

/**
 * Runs one command line (without `node` and the script) and gives its exit code. `signal` ends commands that
 * would go on for ever. Never throws, never ends the process.
 */
export async function runCli(words: string[], context: CliContext): Promise<ExitCode> {
  const { terminal } = context;
  try {
    await createProgram(context).parseAsync(words, { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    return report(error, { terminal, json: words.includes('--json') });
  }
}

function createProgram(context: CliContext): Command {
  const program = new Command('sim')
    .description('A mobile network with SIM cards for tests: SMSC, phones, cards and a mail box. Test SIMs only.')
    .helpCommand('help [command]', 'help for a command')
    .configureHelp({ subcommandTerm: termOf })
    .exitOverride()
    .configureOutput({ writeOut: context.terminal.out, writeErr: context.terminal.err });
  addServeCommand(program, context);
  addPhoneCommands(program, context);
  addMessageCommands(program, context);
  addUsageCommands(program, context);
  addEventsCommand(program, context);
  addCodecCommands(program, context);
  program.addHelpText(
    'after',
    '\nExit codes: 0 done, 1 assertion failed, 2 usage, 3 simulator not reachable, 4 timed out.',
  );
  return program;
}

// `power <msisdn> on|off`, as the command's own usage has it.
function termOf(command: Command): string {
  return `${command.name()} ${command.usage().replaceAll('[options]', '').replaceAll('...', '')}`
    .replace(/\s+/g, ' ')
    .trim();
}

function report(error: unknown, { terminal, json }: { terminal: Terminal; json: boolean }): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  if (!(error instanceof CliError)) throw error;
  if (json) printJson({ ...terminal, out: terminal.err }, { error: error.code, message: error.message });
  else terminal.err(`${error.message}\n`);
  return error.exitCode;
}
