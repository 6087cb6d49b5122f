// A worker that dies in the middle of a diagnosis: another node goes on where it was, and everything happens once, even
// when the first one comes back from the dead. Real jobs, two nodes, one database.
import { expect, test } from 'vitest';
import { type DiagnosticWorkDeps, keepUpRuns, workOnRun } from '../../../src/customer/diagnostic-work.ts';
import { type CaseNotice, createCaseNotices, createCaseQueue } from '../../../src/messaging/case-notices.ts';
import { createDiagnosisQueue, type DiagnosisJob } from '../../../src/messaging/diagnosis-queue.ts';
import { createJobs } from '../../../src/messaging/jobs.ts';
import type { Submission } from '../../../src/messaging/smsc.ts';
import { createMessageTexts } from '../../../src/messaging/texts.ts';
import type { Database } from '../../../src/storage/database.ts';
import { findCaseRecipient, markCaseTold } from '../../../src/storage/support-cases.ts';
import { engines, openTestDatabase } from '../../support/databases.ts';
import { captureLog } from '../../support/logs.ts';
import { createDiagnosticWorld } from './diagnostic-world.ts';

const mobile = '+33639981234';

/** A node of its own: queues, jobs, the network as this node reaches it. */
function aNode(database: Database, base: DiagnosticWorkDeps, sent: Submission[]) {
  const { db, engine, executeSql, listen } = database;
  const submit = async (message: Submission) => {
    sent.push(message);
    return { kind: 'accepted', messageId: '1' } as const;
  };
  const jobs = createJobs<{ diagnosis: DiagnosisJob; case: CaseNotice }>({
    database: { engine, executeSql, listen },
    log: captureLog().log,
    queues: {
      diagnosis: createDiagnosisQueue((job, signal) => workOnRun(deps, job, signal), { testSeconds: 25 }),
      case: createCaseQueue({
        ...{ smsc: { submit }, email: { send: async () => {} }, texts: createMessageTexts() },
        ...{ findRecipient: (id) => findCaseRecipient(db, id), markTold: (id) => markCaseTold(db, id) },
      }),
    },
  });
  const rules = { ...base.rules, stalledSeconds: 0 };
  const deps: DiagnosticWorkDeps = { ...base, rules, jobs, notices: createCaseNotices(jobs) };
  return { jobs, deps };
}

test.each(engines)('B43 B44 a diagnosis outlives its worker on %s: one result, one case, one SMS', async (engine) => {
  const open = await openTestDatabase(engine);
  const { database } = open;
  const world = createDiagnosticWorld(database);
  const sent: Submission[] = [];
  let isHanging = () => {};
  let release = () => {};
  const hangs = new Promise<void>((resolve) => (isHanging = resolve));
  const released = new Promise<void>((resolve) => (release = resolve));
  let returned: Promise<unknown> = Promise.resolve();
  // The first node dies while it asks for the second test.
  const dying = {
    async test(order: Parameters<typeof world.network.test>[0]) {
      if (order.test !== 'sim') return await world.network.test(order);
      isHanging();
      await released;
      return 'blocked' as const;
    },
  };
  const first = aNode(database, { ...world.deps, network: dying }, sent);
  const second = aNode(database, world.deps, sent);
  try {
    const customer = await world.customer();
    await database.db
      .updateTable('accounts')
      .set({ contactMobile: mobile as never, contactMobileVerifiedAt: new Date() })
      .where('id', '=', customer.accountId)
      .execute();
    await world.fault({ lineId: customer.contract.lineId }, 'cell_outage');
    await first.jobs.start();
    const { lineId, number } = customer.contract;
    const wanted = { lineId, confirmedNumber: number, problem: 'no_network' as const, idempotencyKey: 'one' };
    const started = await world.desk.startMobile(world.caller(customer), wanted);
    const id = started.kind === 'started' ? started.run.id : '';
    await keepUpRuns(first.deps);
    await hangs;
    returned = first.jobs.stop(0.01).catch(() => {});
    await second.jobs.start();
    await keepUpRuns(second.deps);
    const viewOf = async () => await world.desk.find(world.caller(customer), id);
    await expect.poll(viewOf, { timeout: 20_000 }).toMatchObject({ state: 'done', result: { code: 'cell_outage' } });
    await expect.poll(() => sent.length, { timeout: 20_000 }).toBe(1);
    const ended = await viewOf();
    // Back from the dead, with another finding.
    release();
    await workOnRun(first.deps, { runId: id, step: 1 }, new AbortController().signal);
    await keepUpRuns(second.deps);
    expect(await viewOf()).toEqual(ended);
    expect(ended?.measures.map(({ test: name, finding }) => `${name} ${finding}`)).toEqual([
      ...['subscription ok', 'sim ok', 'cell outage'],
    ]);
    expect(await database.db.selectFrom('supportCases').select(['runId', 'reason']).execute()).toEqual([
      { runId: id, reason: 'cell_outage' },
    ]);
    expect(sent.map(({ destination }) => destination)).toEqual([mobile]);
  } finally {
    release();
    await returned;
    await second.jobs.stop(1);
    await open.close();
  }
});
