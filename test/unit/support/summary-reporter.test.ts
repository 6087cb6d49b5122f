// The last two lines of a run.
import { expect, test } from 'vitest';
import type { TestModule } from 'vitest/node';
import { describeServices, findServices, popplerPath } from '../../support/services.ts';
import { countTests, describeCounts } from '../../support/summary-reporter.ts';

/** As much of vitest's module as is counted. */
function aModule(states: readonly string[], state = states.includes('failed') ? 'failed' : 'passed'): TestModule {
  const tests = states.map((one) => ({ result: () => ({ state: one }) }));
  return { state: () => state, children: { allTests: () => tests } } as unknown as TestModule;
}

test('tests are counted over all files', () => {
  const counts = countTests([aModule(['passed', 'failed', 'skipped']), aModule(['passed'])]);
  expect(counts).toEqual({ passed: 2, failed: 1, skipped: 1 });
});

test('a file that broke before its tests counts as failed, and so does an error outside of tests', () => {
  expect(countTests([aModule([], 'failed')])).toMatchObject({ failed: 1 });
  expect(countTests([aModule(['passed'], 'failed')])).toMatchObject({ passed: 1, failed: 1 });
  expect(countTests([aModule(['passed'])], 2)).toMatchObject({ failed: 2 });
});

test('the count is a plain line; skipped tests are named only if there are any', () => {
  expect(describeCounts({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed');
  expect(describeCounts({ passed: 12, failed: 1, skipped: 3 })).toBe('12 passed, 1 failed, 3 skipped');
});

test('a service that is not named, or does not answer, is not found', async () => {
  const services = await findServices({
    TEST_DATABASE_URL: 'postgres://127.0.0.1:1/x',
    CHROMIUM_PATH: process.execPath,
    APACHE_MODULES: '/nowhere',
  });
  expect(services.map(({ name, found }) => `${name} ${found}`)).toEqual([
    'PostgreSQL false',
    'Redis false',
    'Chromium true',
    'Apache false',
    `Poppler ${popplerPath() !== undefined}`,
  ]);
});

test('the line says what was used, and how to give what was not', () => {
  expect(
    describeServices([
      { name: 'PostgreSQL', found: true, hint: 'x' },
      { name: 'Redis', found: false, hint: 'set TEST_REDIS_URL' },
    ]),
  ).toBe('Services: PostgreSQL used, Redis not found (set TEST_REDIS_URL)');
});
