// `usage import`: lines of JSON in batches, one sum of what became of them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { expect, onTestFinished, test } from 'vitest';
import { addUsageCommands } from '../../src/cli-usage.ts';

function importing(text: string, refused: object[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'usage-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'events.jsonl');
  writeFileSync(file, text);
  const batches: unknown[][] = [];
  const printed: string[] = [];
  const failed: true[] = [];
  const program = new Command().exitOverride();
  addUsageCommands(program, {
    async run(name, input) {
      expect(name).toBe('usage.import');
      const { events } = input as { events: unknown[] };
      batches.push(events);
      return { rated: events.length - refused.length, blocked: 0, duplicates: 0, refused };
    },
    print: (line) => void printed.push(line),
    fail: () => void failed.push(true),
  });
  const run = program.parseAsync(['usage', 'import', file], { from: 'user' });
  return { run, batches, printed, failed };
}

test('goes over in batches that the operation takes', async () => {
  const lines = Array.from({ length: 1_001 }, (_, n) => JSON.stringify({ eventId: `e${n}` })).join('\n');
  const { run, batches, printed, failed } = importing(`${lines}\n\n`);
  await run;
  expect(batches.map(({ length }) => length)).toEqual([500, 500, 1]);
  expect(printed).toEqual(['rated 1001, blocked 0, known before 0, refused 0']);
  expect(failed).toEqual([]);
});

test('names what was refused and ends with another exit code', async () => {
  const { run, printed, failed } = importing('{"eventId":"e1"}', [{ eventId: 'e1', reason: 'unknown_subject' }]);
  await run;
  expect(printed[0]).toContain('  e1: unknown_subject');
  expect(failed).toEqual([true]);
});

test('says which line is not JSON', async () => {
  await expect(importing('{"eventId":"e1"}\nnonsense').run).rejects.toThrow('line 2 is not JSON');
});
