// Ends a run with two plain lines: the services that were used or not found, and `N passed, N failed[, N skipped]`.
// Before them it greps the logs of the run for secrets; one that is found fails the run.
import type { Reporter, TestModule } from 'vitest/node';
import { dropLogDirectory, logDirectory, notedNeedles } from './log-directory.ts';
import { describeFindings, findNeedles } from './needles.ts';
import { describeServices, findServices } from './services.ts';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Counts tests; a file or suite that broke before or beside its tests counts as one failed. */
export function countTests(modules: readonly TestModule[], unhandledErrors = 0): Counts {
  const counts: Counts = { passed: 0, failed: unhandledErrors, skipped: 0 };
  for (const module of modules) {
    const before = counts.failed;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed' || state === 'failed' || state === 'skipped') counts[state] += 1;
    }
    if (module.state() === 'failed' && counts.failed === before) counts.failed += 1;
  }
  return counts;
}

/** `12 passed, 0 failed` and `, 3 skipped` if there are any. */
export function describeCounts({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** The reporter for vitest.config.ts. */
export function createSummaryReporter(write: (text: string) => void): Reporter {
  return {
    async onTestRunEnd(modules, unhandledErrors, reason) {
      const counts = countTests(modules, unhandledErrors.length);
      // A run that broke before its first test has failed too.
      if (reason === 'failed' && counts.failed === 0) counts.failed = 1;
      const secrets = searchLogs();
      if (secrets !== undefined) {
        write(`\nSecrets in the logs of this run:\n${secrets}\n`);
        process.exitCode = 1;
        counts.failed += 1;
      }
      write(`\n${describeServices(await findServices())}\n${describeCounts(counts)}\n`);
    },
  };
}

function searchLogs(): string | undefined {
  const directory = logDirectory();
  if (directory === undefined) return undefined;
  const findings = findNeedles(directory, notedNeedles(directory));
  if (findings.length > 0) return describeFindings(findings);
  dropLogDirectory();
  return undefined;
}
