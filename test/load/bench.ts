// `npm run bench -- <what>`: measurements against the whole app in this process. Not a test: machines differ.
import { Command, InvalidArgumentError } from 'commander';
import { printTiming, timing } from './timing.ts';

const program = new Command('bench').description('Measurements against the app, started in this process');

program
  .command('timing')
  .description('median times of login, PIN reset and password for numbers that must not be told apart')
  .option('--tries <count>', 'tries for each kind of number', wholeNumber, 200)
  .option('--engine <engine>', 'pglite, or postgres at TEST_DATABASE_URL', 'pglite')
  .option('--json', 'machine-readable output')
  .action(async ({ tries, engine, json }: { tries: number; engine: string; json?: boolean }) => {
    const report = await timing({ tries, engine: engine === 'postgres' ? 'postgres' : 'pglite' });
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : printTiming(report));
    if (!report.within) process.exitCode = 1;
  });

await program.parseAsync();

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 100_000) throw new InvalidArgumentError('a whole number from 1');
  return value;
}
