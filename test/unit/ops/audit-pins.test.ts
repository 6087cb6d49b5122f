// The journal's events about PINs that are chosen anew and about silenced sources; ids only.
import { expect, test } from 'vitest';
import { type AuditFact, createAudit } from '../../../src/ops/audit.ts';
import { type PinAudit, pinEvents } from '../../../src/ops/audit-pins.ts';
import { createMetrics } from '../../../src/ops/metrics.ts';
import { captureLog } from '../../support/logs.ts';

type Event = [what: keyof PinAudit, call: (audit: PinAudit<string>) => Promise<void>, row: Partial<AuditFact>];

const events: Event[] = [
  [
    'sourceMuted',
    (audit) => audit.sourceMuted('tx', { attemptId: 'att_1', clientId: 'portal' }),
    { action: 'source.muted', actor: 'sim', object: 'att_1', details: { clientId: 'portal' } },
  ],
  [
    'pinResetAsked',
    (audit) => audit.pinResetAsked('tx', { resetId: 'rst_1' }),
    { action: 'pin_reset.asked', actor: 'visitor', object: 'rst_1', accountId: null },
  ],
  [
    'pinResetCodeWrong',
    (audit) => audit.pinResetCodeWrong('tx', { resetId: 'rst_1' }),
    { action: 'pin_reset.code_wrong', actor: 'visitor', object: 'rst_1', outcome: 'failure' },
  ],
  [
    'pinChanged',
    (audit) => audit.pinChanged('tx', { enrolmentId: 'enr_1', resetId: 'rst_1', strong: true }),
    { action: 'pin.changed', actor: 'sim', object: 'enr_1', details: { resetId: 'rst_1', strong: true } },
  ],
];

test.each(events)('%s writes one row in its transaction', async (_name, call, row) => {
  const rows: object[] = [];
  const insert = async (tx: string, fact: AuditFact) => void rows.push({ tx, ...fact });
  await call(createAudit<string>({ insert, log: captureLog().log, metrics: createMetrics() }));
  expect(rows).toEqual([expect.objectContaining({ tx: 'tx', outcome: 'success', ...row })]);
});

test('every function about PINs is in the table above', () => {
  const all = Object.keys(pinEvents(async () => {}));
  expect(events.map(([name]) => name).sort()).toEqual(all.sort());
});
