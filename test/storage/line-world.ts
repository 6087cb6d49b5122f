// Lines with everything round them on a real database, and the use cases over them: what they send and tell is kept.
import { randomBytes } from 'node:crypto';
import { createSimKeyring } from '../../src/authentication/sim-keyring.ts';
import { createSimPush } from '../../src/authentication/sim-push.ts';
import { createNotifier } from '../../src/customer/notification-centre.ts';
import { simOrdersOf } from '../../src/customer/sim-order-moves.ts';
import type { LineDeps, MobileNetwork } from '../../src/enrolment/line-types.ts';
import type { Iccid } from '../../src/identifiers.ts';
import type { LineEvent, LineNotices } from '../../src/messaging/line-notices.ts';
import type { OrderEvent } from '../../src/messaging/order-notices.ts';
import { createAudit } from '../../src/ops/audit.ts';
import { createMasterKey } from '../../src/ops/master-key.ts';
import { insertAuditEvent } from '../../src/storage/audit-events.ts';
import type { Database, Tx } from '../../src/storage/database.ts';
import { insertContract, putSim } from '../../src/storage/provisioning.ts';
import { createRateLimit } from '../../src/storage/rate-limits.ts';
import { findLine } from '../../src/storage/subscribers.ts';
import { captureLog } from '../support/logs.ts';
import { createRows, type Subject } from './rows.ts';

export type Told = LineEvent & { readonly kind: keyof LineNotices } & Record<string, unknown>;

/** Makes the world over one database. */
export async function createLineWorld(database: Database) {
  const rows = await createRows(database);
  const masterKey = createMasterKey({ current: randomBytes(32) }, randomBytes);
  const keyring = createSimKeyring(masterKey);
  const told: Told[] = [];
  const sent: string[] = [];
  const tell = (kind: keyof LineNotices) => async (_tx: Tx, event: LineEvent) => void told.push({ kind, ...event });
  const notices: LineNotices = {
    lineSuspended: tell('lineSuspended'),
    lineReactivated: tell('lineReactivated'),
    simOrdered: tell('simOrdered'),
    simChanging: tell('simChanging'),
    simChanged: tell('simChanged'),
    simNotActivated: tell('simNotActivated'),
    numberChanged: tell('numberChanged'),
    lineTerminated: tell('lineTerminated'),
    pukShown: tell('pukShown'),
    holdStarted: tell('holdStarted'),
    holdEnded: tell('holdEnded'),
  };
  const audit = createAudit<Tx>({
    insert: insertAuditEvent,
    log: captureLog().log,
    metrics: { countEvent() {}, countAttempt() {}, countDroppedAnswer() {} },
  });
  const push = createSimPush({
    ...{ database, masterKey, keyring, randomBytes },
    requestText: () => ({ serviceName: 'Test', message: 'Test' }),
    rules: {
      ...{ budget: 3, budgetMinutes: 15, confirmNewBrowser: 'compare' },
      ...{ mobileConnectEnabled: true, testSimsAllowed: true, ttlSeconds: 120, resends: 2, resendSeconds: 20 },
    },
  });
  const limit = (name: string, points: number) => createRateLimit(database, { name, points, seconds: 3_600 });
  const mails: OrderEvent[] = [];
  const orderNotices = { orderTold: async (_tx: unknown, event: OrderEvent) => void mails.push(event) };
  const moving = { database, audit, notifier: createNotifier({ randomBytes }), notices: orderNotices };
  let takes: ReturnType<MobileNetwork['takesSims']> = 'at-once';
  const deps: LineDeps = {
    ...{ simOrders: simOrdersOf(moving), network: { takesSims: () => takes } },
    ...{ database, masterKey, audit, notices, push, randomBytes },
    sender: { sendInTurn: ({ id }) => void sent.push(id) },
    numberRestDays: 90,
    limits: { simNumbers: limit('sim-number', 5), puks: limit('puk', 3) },
  };
  let serial = 0;
  return {
    ...{ rows, deps, push, masterKey, told, sent, mails, moving },
    /** How the network takes SIMs from now on. */
    networkTakes(how: typeof takes): void {
      takes = how;
    },
    /** A line of a contract, enrolled, its account the holder. */
    async line(changes: Parameters<typeof rows.subject>[0] = {}): Promise<Subject & { contractId: string }> {
      const subject = await rows.subject(changes);
      const contractId = `ctr_${subject.lineId}`;
      const start = new Date('2026-03-01T08:00:00Z');
      await database.transaction(async (tx) => {
        const contract = { id: contractId, brand: 'exemple', kind: 'MOBILE' as const, segment: 'consumer' as const };
        const refs = { offerRange: 'standard', customerRef: 'C1', contractRef: contractId, startedAt: start };
        const holder = { accountId: subject.accountId, relation: 'holder' as const, since: start };
        await insertContract(tx, { ...contract, ...refs }, [holder]);
        await tx.updateTable('lines').set({ contractId }).where('id', '=', subject.lineId).execute();
        await tx.updateTable('enrolments').set({ pinSetAt: start }).where('id', '=', subject.enrolmentId).execute();
      });
      return { ...subject, contractId };
    },
    /** A SIM in stock. */
    async spare(changes: { appletCapable?: boolean } = {}): Promise<{ id: string; iccid: Iccid; serial13: string }> {
      serial += 1;
      const spare = {
        id: `sim_spare_${serial}`,
        iccid: `8933019${String(serial).padStart(12, '0')}` as Iccid,
        serial13: `9${String(serial).padStart(12, '0')}`,
      };
      const made = { origin: 'test', state: 'stock', appletCapable: true, lineId: null, rootId: 1 } as const;
      await database.transaction((tx) =>
        putSim(tx, { ...spare, ...made, keyVersion: 1, activatedAt: null, ...changes }),
      );
      return spare;
    },
    /** A pending login on the line that its phone shows. */
    ringing: (subject: Subject, changes: Parameters<typeof rows.attempt>[0] = {}) =>
      rows.attempt({
        slot: masterKey.index('slot', subject.msisdn),
        ...{ simId: subject.simId, enrolmentId: subject.enrolmentId, lineId: subject.lineId, sends: 1 },
        ...changes,
      }),
    state: async (lineId: string) => {
      const found = await findLine(database.db, lineId);
      return {
        line: found?.line.status,
        sim: found?.sim?.id,
        simState: found?.sim?.state,
        enrolment: found?.enrolment?.baseState,
      };
    },
    simState: async (id: string) =>
      (await database.db.selectFrom('sims').select('state').where('id', '=', id).executeTakeFirst())?.state,
    enrolment: (id: string) =>
      database.db.selectFrom('enrolments').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
    audited: async (object: string) =>
      (
        await database.db
          .selectFrom('auditEvents')
          .select('action')
          .where('object', '=', object)
          .orderBy('id')
          .execute()
      ).map(({ action }) => action),
  };
}

export type LineWorld = Awaited<ReturnType<typeof createLineWorld>>;
