// `npm run bench`: the product against the library that it stands on, each in a process of its own; and
// `npm run bench -- timing`: answers that must not be told apart. Not a test: machines differ.
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { printReport } from './report.ts';
import { type PartName, partNames, runBench } from './run-bench.ts';
import { type StoreName, storeNames } from './stores.ts';
import { printTiming, timing } from './timing.ts';

interface CompareOptions {
  readonly store: StoreName;
  readonly only: readonly PartName[];
  readonly rounds: number;
  readonly flows: number;
  readonly workers: number;
  readonly waiting: number;
  readonly json?: string | true;
  readonly profile?: string;
}

const program = new Command('bench').description('Measurements of the provider').addHelpText(
  'after',
  `
Without a command: compare. All its options: npm run bench -- compare --help
Examples:
  npm run bench
  npm run bench -- --store postgres --only ciba,code --json result.json
  npm run bench -- --only ciba --profile ciba.cpuprofile
  npm run bench -- timing --tries 50
docs/benchmark.md says what is measured and how it is meant.`,
);

program
  .command('compare', { isDefault: true })
  .description('CPU time and speed of the provider’s flows, beside the bare library’s (default)')
  .addOption(new Option('--store <name>', 'where the provider keeps its data').choices(storeNames).default('pglite'))
  .option('--only <parts>', `parts, separated by commas: ${partNames.join(', ')}`, parts, [...partNames])
  .option('--rounds <count>', 'rounds; in each one side after the other', whole(1, 1_000), 5)
  .option('--flows <count>', 'flows of each side in a round (short ones several times as many)', whole(1, 100_000), 200)
  .option('--workers <count>', 'flows at once', whole(1, 100), 8)
  .option('--waiting <count>', 'browsers of part "waiting"', whole(2, 1_500), 1_000)
  .option('--json [file]', 'the report as JSON: into a file, or instead of the text')
  .option(
    '--profile <file>',
    'write a CPU profile of the provider; name its costliest functions and statements (choose one part)',
  )
  .addHelpText(
    'after',
    `
TEST_DATABASE_URL and TEST_REDIS_URL name servers to use; without them servers are started from the
programs of the distribution. Needs Linux.`,
  )
  .action(compare);

program
  .command('timing')
  .description('median times of login, PIN reset and password for numbers that must not be told apart')
  .option('--tries <count>', 'tries for each kind of number', whole(1, 100_000), 200)
  .option('--engine <engine>', 'pglite, or postgres at TEST_DATABASE_URL', 'pglite')
  .option('--json', 'machine-readable output')
  .action(async ({ tries, engine, json }: { tries: number; engine: string; json?: boolean }) => {
    const report = await timing({ tries, engine: engine === 'postgres' ? 'postgres' : 'pglite' });
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : printTiming(report));
    if (!report.within) process.exitCode = 1;
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function compare({ only, json, profile, ...options }: CompareOptions): Promise<void> {
  const report = await runBench({
    ...options,
    parts: only,
    profile: profile === undefined ? undefined : resolve(profile),
    tell: (words) => process.stderr.write(`… ${words}\n`),
  });
  const asJson = `${JSON.stringify(report, null, 2)}\n`;
  if (typeof json === 'string') writeFileSync(json, asJson);
  process.stdout.write(json === true ? asJson : printReport(report));
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`a whole number from ${least} to ${most}`);
  };
}

function parts(text: string): PartName[] {
  const chosen = text.split(',').map((one) => one.trim());
  const unknown = chosen.filter((one) => !partNames.some((name) => name === one));
  if (unknown.length > 0) throw new InvalidArgumentError(`not a part: ${unknown.join(', ')}`);
  return partNames.filter((name) => chosen.includes(name));
}
