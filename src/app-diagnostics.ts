// Wires diagnoses: the network that is asked, the jobs that do the tests, the desk behind the API.
import type { AppParts } from './app.ts';
import type { SimChannelDeps } from './app-sim-channel.ts';
import { createDiagnosticDesk } from './customer/diagnostic-desk.ts';
import type { DiagnosticDesk } from './customer/diagnostic-types.ts';
import { type DiagnosticWorkDeps, keepUpRuns, workOnRun } from './customer/diagnostic-work.ts';
import type { NetworkDiagnosis } from './customer/network-diagnosis.ts';
import type { Notifier } from './customer/notification-centre.ts';
import { createSandboxNetwork, type SandboxNetworkDeps } from './customer/sandbox-network.ts';
import { type CaseNotice, createCaseNotices } from './messaging/case-notices.ts';
import { createDiagnosisQueue, type DiagnosisJob } from './messaging/diagnosis-queue.ts';
import type { Jobs } from './messaging/jobs.ts';
import { createRateLimit } from './storage/rate-limits.ts';

/** What the diagnoses need of a process; `jobs` exists once the queues are made. */
export interface DiagnosisParts extends Pick<SimChannelDeps, 'config' | 'database' | 'audit' | 'randomBytes' | 'now'> {
  readonly notifier: Notifier;
  readonly jobs: () => Pick<Jobs<{ diagnosis: DiagnosisJob; case: CaseNotice }>, 'enqueue'>;
  readonly findPhone?: SandboxNetworkDeps['findPhone'];
}

export interface Diagnosis {
  /** Undefined: there is no network to ask, and no diagnosis. */
  readonly deps: (() => DiagnosticWorkDeps) | undefined;
  readonly queue: ReturnType<typeof createDiagnosisQueue>;
  /** To be called again and again. */
  keepUp(): Promise<void>;
}

/** A person who watches wants to see the bar move. */
const sandboxTestMs = 1_200;

/** Makes the part that works, and the queue of its jobs. */
export function diagnosisOf(parts: DiagnosisParts): Diagnosis {
  const { config, jobs } = parts;
  const { runMinutes, waitMinutes, testSeconds } = config.diagnostics;
  const network = networkOf(parts);
  const rules = { runMinutes, waitMinutes, stalledSeconds: testSeconds + 5 };
  const deps =
    network &&
    (() =>
      ({ ...parts, network, rules, jobs: jobs(), notices: createCaseNotices(jobs()) }) satisfies DiagnosticWorkDeps);
  return {
    deps,
    queue: createDiagnosisQueue(async (job, signal) => void (deps && (await workOnRun(deps(), job, signal))), {
      testSeconds,
    }),
    keepUp: async () => void (deps && (await keepUpRuns(deps()))),
  };
}

/** The sandbox has a network of its own; elsewhere an operator's has to be there. */
function networkOf({ config, database, findPhone }: DiagnosisParts): NetworkDiagnosis | undefined {
  if (!config.provider.sandbox) return undefined;
  return createSandboxNetwork({ database, findPhone, pause: (signal) => pauseFor(sandboxTestMs, signal) });
}

function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Diagnoses for the APIs; undefined where there is no network to ask. */
export function diagnosticDeskOf(parts: AppParts): DiagnosticDesk | undefined {
  const deps = parts.channel.diagnosis.deps?.();
  if (deps === undefined) return undefined;
  const { perHour } = parts.config.diagnostics;
  const starts = createRateLimit(parts.database, { name: 'diagnosis', points: perHour, seconds: 3_600 });
  return createDiagnosticDesk({ ...deps, wakeUps: parts.wakeUps, starts });
}
