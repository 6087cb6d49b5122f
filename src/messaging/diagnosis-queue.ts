// The queue of the tests of diagnoses: a job names the run and how many of its tests had been done.
import { z } from 'zod';
import type { JobQueue } from './jobs.ts';

const diagnosisJob = z.strictObject({ runId: z.string().min(1).max(100), step: z.int().min(0).max(100) });
export type DiagnosisJob = z.infer<typeof diagnosisJob>;

/** Makes the queue over what does a test; a rejection repeats it, as long as the run has time. */
export function createDiagnosisQueue(
  work: (job: DiagnosisJob, signal: AbortSignal) => Promise<void>,
  { testSeconds }: { testSeconds: number },
): JobQueue<DiagnosisJob> {
  return {
    schema: diagnosisJob,
    handle: (job, { signal }) => work(job, signal),
    ...{ retries: 10, retryDelaySeconds: 2, retryDelayMaxSeconds: 20, tryTimeoutSeconds: testSeconds },
    lifeSeconds: 3_600,
  };
}
