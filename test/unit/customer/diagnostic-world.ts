// Diagnoses over a real database and the sandbox's network, with jobs that are done when the test says so.
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { createDiagnosticDesk } from '../../../src/customer/diagnostic-desk.ts';
import { type DiagnosticWorkDeps, workOnRun } from '../../../src/customer/diagnostic-work.ts';
import type { NetworkDiagnosis, TestOrder } from '../../../src/customer/network-diagnosis.ts';
import { createNotificationCentre } from '../../../src/customer/notification-centre.ts';
import { createSandboxNetwork, type SeenPhone } from '../../../src/customer/sandbox-network.ts';
import type { Msisdn } from '../../../src/identifiers.ts';
import type { DiagnosisJob } from '../../../src/messaging/diagnosis-queue.ts';
import type { Database } from '../../../src/storage/database.ts';
import { putFault } from '../../../src/storage/sandbox-faults.ts';
import { createContractWorld, type Person, type SoldContract } from './contract-world.ts';

export type DiagnosticWorld = ReturnType<typeof createDiagnosticWorld>;

/** Makes it; `most`: how many diagnoses one account may start. */
export function createDiagnosticWorld(database: Database, { most = 1_000 }: { most?: number } = {}) {
  const contracts = createContractWorld(database);
  const phones = new Map<Msisdn, SeenPhone>();
  const orders: TestOrder[] = [];
  const told: string[] = [];
  const jobs: DiagnosisJob[] = [];
  const created = new Set<string>();
  const network = createSandboxNetwork({ database, findPhone: async (msisdn) => phones.get(msisdn) });
  const watched: NetworkDiagnosis = {
    async test(order) {
      orders.push(order);
      return await network.test(order);
    },
  };
  const centre = createNotificationCentre({ database, randomBytes, timeZone: 'Europe/Paris' });
  const deps: DiagnosticWorkDeps = {
    ...{ database, audit: contracts.audit, notifier: centre, randomBytes, network: watched, now: () => new Date() },
    rules: { runMinutes: 5, waitMinutes: 60, stalledSeconds: 30 },
    notices: { caseOpened: async (_tx, { caseId }) => void told.push(caseId) },
    jobs: {
      async enqueue(_tx, _name, { payload, eventId }) {
        if (created.has(eventId)) return false;
        created.add(eventId);
        jobs.push(payload as DiagnosisJob);
        return true;
      },
    },
  };
  let started = 0;
  const wakeUps = { subscribe: () => ({ next: async () => {}, close() {} }) };
  const starts = { take: async () => (++started > most ? 60 : undefined) };
  const desk = createDiagnosticDesk({ ...deps, wakeUps, starts });
  return {
    ...{ contracts, phones, orders, told, jobs, deps, desk, centre, network: watched },
    /** Somebody with a line whose SIM is active and whose phone is on. */
    async customer(kind: 'MOBILE' | 'OPEN' | 'INTERNET' = 'MOBILE'): Promise<Person & { contract: SoldContract }> {
      const person = await contracts.person();
      const contract = await contracts.contract(person, { kind });
      if (kind !== 'INTERNET') await this.sim(contract.lineId);
      phones.set(contract.number, { power: true, coverage: true, poweredOnAt: undefined });
      return { ...person, contract };
    },
    async sim(lineId: string, state: 'active' | 'blocked' = 'active') {
      const n = randomBytes(8).readBigUInt64BE().toString().slice(0, 12).padStart(12, '0');
      await sql`insert into sim_roots (id, wrapped_key, created_at) values (1, 'x', now()) on conflict do nothing`.execute(
        database.db,
      );
      await sql`insert into sims (id, iccid, serial13, origin, state, applet_capable, line_id, root_id, key_version)
        values (${`sim_${n}`}, ${`8933000${n}`}, null, 'test', ${state}, true, ${lineId}, 1, 1)`.execute(database.db);
    },
    caller: ({ accountId }: Pick<Person, 'accountId'>) => ({ accountId, brand: 'exemple' }),
    fault: (subject: { lineId: string } | { contractId: string }, fault: string) =>
      putFault(
        database.db,
        'lineId' in subject ? { ...subject, contractId: null } : { ...subject, lineId: null },
        fault,
      ),
    /** Does the jobs that there are, and those that come of them. */
    async work() {
      for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
        await workOnRun(deps, job, new AbortController().signal);
      }
    },
    passMinutes: (minutes: number) =>
      sql`update domain_clock set offset_seconds = offset_seconds + ${minutes * 60}`.execute(database.db),
  };
}
