// One configuration for all tests. The last reporter ends the run with the services used and the plain count.
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { SlowFirst } from './test/support/slow-first.ts';
import { createSummaryReporter } from './test/support/summary-reporter.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    // One for each core: the default leaves one out, which on two cores doubles the time.
    maxWorkers: availableParallelism(),
    // Nothing keeps state in its modules, so files may share them: PGlite and the provider are loaded once a worker.
    isolate: false,
    sequence: { sequencer: SlowFirst },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    globalSetup: ['test/support/services.ts'],
    reporters: ['default', createSummaryReporter((text) => process.stdout.write(text))],
  },
});
