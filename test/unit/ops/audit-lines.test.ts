// The journal's events about lines: who did it, to which line, and nothing that names a number or a key.
import { expect, test } from 'vitest';
import { type AuditFact, createAudit } from '../../../src/ops/audit.ts';
import { type LineAudit, lineEvents } from '../../../src/ops/audit-lines.ts';
import { createMetrics } from '../../../src/ops/metrics.ts';
import { captureLog } from '../../support/logs.ts';

const staff = { lineId: 'lin_1', by: { kind: 'staff' } } as const;
const owner = { lineId: 'lin_1', by: { kind: 'account', accountId: 'acc_1' } } as const;

type Event = [what: keyof LineAudit, call: (audit: LineAudit<string>) => Promise<void>, row: Partial<AuditFact>];

const events: Event[] = [
  [
    'lineSuspended',
    (audit) => audit.lineSuspended('tx', { ...owner, reason: 'lost' }),
    { action: 'line.suspended', actor: 'account', accountId: 'acc_1', object: 'lin_1', details: { reason: 'lost' } },
  ],
  [
    'lineReactivated',
    (audit) => audit.lineReactivated('tx', owner),
    { action: 'line.reactivated', accountId: 'acc_1' },
  ],
  [
    'simReserved',
    (audit) => audit.simReserved('tx', { ...staff, simId: 'sim_1' }),
    { action: 'sim.reserved', actor: 'staff', accountId: null, object: 'lin_1', details: { simId: 'sim_1' } },
  ],
  ['simShipped', (audit) => audit.simShipped('tx', { ...staff, simId: 'sim_1' }), { action: 'sim.shipped' }],
  ['simDelivered', (audit) => audit.simDelivered('tx', { ...staff, simId: 'sim_1' }), { action: 'sim.delivered' }],
  ['simActivating', (audit) => audit.simActivating('tx', { ...owner, simId: 'sim_2' }), { action: 'sim.activating' }],
  [
    'simNotActivated',
    (audit) => audit.simNotActivated('tx', { ...staff, simId: 'sim_2' }),
    { action: 'sim.not_activated', outcome: 'failure', details: { simId: 'sim_2' } },
  ],
  [
    'handsetChanged',
    (audit) => audit.handsetChanged('tx', { lineId: 'lin_1', model: 'Exemple One' }),
    { action: 'line.handset_changed', actor: 'network', object: 'lin_1', details: { model: 'Exemple One' } },
  ],
  ['simCancelled', (audit) => audit.simCancelled('tx', { ...staff, simId: 'sim_1' }), { action: 'sim.cancelled' }],
  [
    'simReplaced',
    (audit) => audit.simReplaced('tx', { ...owner, simId: 'sim_2', formerSimId: 'sim_1' }),
    { action: 'sim.replaced', object: 'lin_1', details: { simId: 'sim_2', formerSimId: 'sim_1' } },
  ],
  [
    'simNumberRefused',
    (audit) => audit.simNumberRefused('tx', owner),
    { action: 'sim.number_refused', outcome: 'failure', object: 'lin_1', details: {} },
  ],
  ['numberChanged', (audit) => audit.numberChanged('tx', staff), { action: 'line.number_changed', details: {} }],
  ['lineTerminated', (audit) => audit.lineTerminated('tx', staff), { action: 'line.terminated' }],
  [
    'pukShown',
    (audit) => audit.pukShown('tx', { ...owner, simId: 'sim_1' }),
    { action: 'puk.shown', accountId: 'acc_1', details: { simId: 'sim_1' } },
  ],
  [
    'holdEnded',
    (audit) => audit.holdEnded('tx', { lineId: 'lin_1', enrolmentId: 'enr_1' }),
    { action: 'service.hold_ended', actor: 'system', object: 'enr_1', details: { lineId: 'lin_1' } },
  ],
];

test.each(events)('%s writes one row in its transaction', async (_name, call, row) => {
  const rows: object[] = [];
  const insert = async (tx: string, fact: AuditFact) => void rows.push({ tx, ...fact });
  await call(createAudit<string>({ insert, log: captureLog().log, metrics: createMetrics() }));
  expect(rows).toEqual([expect.objectContaining({ tx: 'tx', outcome: 'success', ...row })]);
});

test('every function about lines is in the table above', () => {
  const all = Object.keys(lineEvents(async () => {}));
  expect(events.map(([name]) => name).sort()).toEqual(all.sort());
});
