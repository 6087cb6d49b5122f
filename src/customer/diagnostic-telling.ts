// How a diagnosis ends: its result, and a case with one message to whoever started it where teams have to act (B44).
import { newId } from '../identifiers.ts';
import type { CaseNotices } from '../messaging/case-notices.ts';
import type { Audit } from '../ops/audit.ts';
import type { Tx } from '../storage/database.ts';
import type { RunRow } from '../storage/diagnostic-tables.ts';
import { insertCase } from '../storage/support-cases.ts';
import { wake } from '../storage/wake-ups.ts';
import { isResult, results } from './diagnosis-rules.ts';
import type { Notifier } from './notification-centre.ts';

export interface DiagnosticTellingDeps {
  readonly audit: Audit<Tx>;
  readonly notifier: Notifier;
  readonly notices: CaseNotices;
  readonly randomBytes: (size: number) => Buffer;
}

/** What follows from a run that has just ended, in the transaction that ended it. */
export async function tellEnd(deps: DiagnosticTellingDeps, tx: Tx, run: RunRow): Promise<void> {
  const { audit, notifier, notices, randomBytes } = deps;
  const { id: runId, accountId, state } = run;
  const code = run.result ?? '';
  await wake(tx, runId);
  await audit.diagnosisEnded(tx, { accountId, runId, state, result: code });
  if (!isResult(code) || !results[code].needsTeams) return;
  const opened = await insertCase(tx, { id: newId('cas', randomBytes), run });
  if (opened === undefined) return;
  await notices.caseOpened(tx, { caseId: opened.id });
  await notifier.notify(tx, {
    ...{ accountId, topic: 'case', key: 'case-opened', link: `/diagnostics/runs/${runId}`, eventId: opened.id },
  });
  await audit.caseOpened(tx, { accountId, caseId: opened.id, runId, reason: code });
}
