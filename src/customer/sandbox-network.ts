// The network of the sandbox: what it finds follows from the line and its SIM as they are, from the simulated phone, and
// from the faults that a test engineer has put there. Nothing is left to chance.
import type { Msisdn } from '../identifiers.ts';
import type { Database } from '../storage/database.ts';
import { clearFault, findFault } from '../storage/sandbox-faults.ts';
import { findLine } from '../storage/subscribers.ts';
import type { SimState } from '../storage/tables.ts';
import type { DiagnosisTarget, Finding, NetworkDiagnosis, NetworkTest, TestOrder } from './network-diagnosis.ts';

/** What a simulated phone can be seen to do. */
export interface SeenPhone {
  readonly power: boolean;
  readonly coverage: boolean;
  /** When it was last switched on. */
  readonly poweredOnAt: Date | undefined;
}

export interface SandboxNetworkDeps {
  readonly database: Pick<Database, 'db'>;
  /** Undefined where no simulator has a phone of this number. Rejects when the simulator cannot be asked. */
  readonly findPhone?: ((msisdn: Msisdn) => Promise<SeenPhone | undefined>) | undefined;
  /** How long a test takes, so that a person can watch it; resolves earlier when the signal aborts. */
  readonly pause?: ((signal: AbortSignal) => Promise<void>) | undefined;
}

type Faults = Readonly<Record<string, readonly [test: NetworkTest, finding: Finding]>>;

/** Faults of a line. `settings_lost` shows in no test: the reconfiguration repairs it. */
export const lineFaults = {
  barred: ['subscription', 'barred'],
  cell_outage: ['cell', 'outage'],
  phone_off: ['registration', 'phone_off'],
  no_coverage: ['registration', 'no_coverage'],
  settings_lost: ['reconfiguration', 'ok'],
  settings_rejected: ['reconfiguration', 'rejected'],
} as const satisfies Faults;

/** Faults of what stands at home. */
export const accessFaults = {
  line_cut: ['access_line', 'cut'],
  line_degraded: ['access_line', 'degraded'],
  box_off: ['box', 'off'],
  session_refused: ['session', 'refused'],
  wifi_weak: ['wifi', 'weak'],
  tv_down: ['services', 'tv_down'],
  phone_down: ['services', 'phone_down'],
} as const satisfies Faults;

/** Makes the network over its facts. */
export function createSandboxNetwork(deps: SandboxNetworkDeps): NetworkDiagnosis {
  return {
    async test(order) {
      await deps.pause?.(order.signal);
      const { test, target } = order;
      const subjectId = target.kind === 'mobile' ? target.lineId : target.contractId;
      const fault = await findFault(deps.database.db, subjectId);
      const [faulty, finding] = faultOf(fault) ?? [];
      if (test === 'reconfiguration' && fault === 'settings_lost') {
        await clearFault(deps.database.db, subjectId, fault);
        return 'ok';
      }
      if (faulty === test && finding !== undefined) return finding;
      return target.kind === 'mobile' ? await findOfLine(deps, order, target) : 'ok';
    },
  };
}

function faultOf(fault: string | undefined): readonly [NetworkTest, Finding] | undefined {
  const all: Faults = { ...lineFaults, ...accessFaults };
  return fault !== undefined && Object.hasOwn(all, fault) ? all[fault] : undefined;
}

async function findOfLine(
  { database, findPhone }: SandboxNetworkDeps,
  { test, since }: TestOrder,
  { lineId, msisdn }: DiagnosisTarget & { kind: 'mobile' },
): Promise<Finding> {
  switch (test) {
    case 'subscription':
      return (await findLine(database.db, lineId))?.line.status === 'active' ? 'ok' : 'suspended';
    case 'sim':
      return findingOfSim((await findLine(database.db, lineId))?.sim?.state);
    case 'registration':
      return findingOfPhone(await findPhone?.(msisdn));
    case 'restart':
      return wasRestarted(await findPhone?.(msisdn), since) ? 'ok' : 'not_seen';
    default:
      return 'ok';
  }
}

function findingOfSim(state: SimState | undefined): Finding<'sim'> {
  if (state === 'blocked') return 'blocked';
  return state === 'active' ? 'ok' : 'none';
}

/** Where nobody has seen the phone, nothing is known against it. */
function findingOfPhone(phone: SeenPhone | undefined): Finding<'registration'> {
  if (phone?.power === false) return 'phone_off';
  return phone?.coverage === false ? 'no_coverage' : 'ok';
}

function wasRestarted(phone: SeenPhone | undefined, since: Date | undefined): boolean {
  if (!phone?.power || phone.poweredOnAt === undefined || since === undefined) return false;
  return phone.poweredOnAt >= since;
}
