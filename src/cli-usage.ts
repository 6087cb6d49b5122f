// The staff command on consumption: `usage import <file|->`, events of use as lines of JSON.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { z } from 'zod';
import { type JsonOption, leaf, output, type StaffDeps, UsageError } from './cli-staff-output.ts';

/** Adds it to the program. */
export function addUsageCommands(program: Command, deps: StaffDeps): void {
  const usage = new Command('usage').description('consumption of lines and homes');
  usage.addCommand(
    leaf('import', 'take events of use in; each event id once, however often it is imported')
      .argument('<file>', 'lines of JSON, or - for standard input')
      .action(async (file: string, options: JsonOption) => {
        const total = await importAll(deps, file);
        const { rated, blocked, duplicates, refused } = total;
        const words = () =>
          [
            `rated ${rated}, blocked ${blocked}, known before ${duplicates}, refused ${refused.length}`,
            ...refused.slice(0, mostShown).map(({ eventId, reason }) => `  ${eventId}: ${reason}`),
          ].join('\n');
        output(deps, options, total, words);
        if (refused.length > 0) deps.fail();
      }),
  );
  program.addCommand(usage);
}

const batchSize = 500;
const mostShown = 50;

const report = z.object({
  rated: z.number(),
  blocked: z.number(),
  duplicates: z.number(),
  refused: z.array(z.object({ eventId: z.string(), reason: z.string() })),
});

async function importAll({ run }: StaffDeps, file: string): Promise<z.output<typeof report>> {
  const total: z.output<typeof report> = { rated: 0, blocked: 0, duplicates: 0, refused: [] };
  const take = async (events: readonly unknown[]): Promise<void> => {
    if (events.length === 0) return;
    const part = report.parse(await run('usage.import', { events }));
    total.rated += part.rated;
    total.blocked += part.blocked;
    total.duplicates += part.duplicates;
    total.refused.push(...part.refused);
  };
  let batch: unknown[] = [];
  for await (const event of eventsOf(file)) {
    batch.push(event);
    if (batch.length < batchSize) continue;
    await take(batch);
    batch = [];
  }
  await take(batch);
  return total;
}

async function* eventsOf(file: string): AsyncGenerator<unknown> {
  const input = file === '-' ? process.stdin : createReadStream(file);
  let number = 0;
  for await (const line of createInterface({ input })) {
    number += 1;
    if (line.trim() === '') continue;
    yield parsed(line, number);
  }
}

function parsed(line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new UsageError(`line ${number} is not JSON`);
  }
}
