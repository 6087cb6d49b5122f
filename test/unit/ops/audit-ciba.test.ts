// The journal's events about requests without a browser: who asked, what came of it, and never whom by name.
import { expect, test } from 'vitest';
import { type AuditFact, createAudit } from '../../../src/ops/audit.ts';
import { type CibaAudit, cibaEvents } from '../../../src/ops/audit-ciba.ts';
import { createMetrics } from '../../../src/ops/metrics.ts';
import { captureLog } from '../../support/logs.ts';

const about = { attemptId: 'att_1', clientId: 'callcentre' };

type Event = [what: keyof CibaAudit, call: (audit: CibaAudit<string>) => Promise<void>, row: Partial<AuditFact>];

const events: Event[] = [
  [
    'cibaRequested',
    (audit) => audit.cibaRequested('tx', { ...about, hint: 'login_hint' }),
    { action: 'ciba.requested', actor: 'client:callcentre', object: 'att_1', details: { hint: 'login_hint' } },
  ],
  [
    'cibaDecided',
    (audit) => audit.cibaDecided('tx', { ...about, outcome: 'approved', accountId: 'acc_1' }),
    { action: 'ciba.approved', actor: 'sim', accountId: 'acc_1', outcome: 'success' },
  ],
  [
    'cibaDecided',
    (audit) => audit.cibaDecided('tx', { ...about, outcome: 'expired', accountId: null }),
    { action: 'ciba.expired', actor: 'system', outcome: 'failure', details: { clientId: 'callcentre' } },
  ],
  [
    'cibaRedeemed',
    (audit) => audit.cibaRedeemed('tx', { ...about, granted: false, accountId: 'acc_1' }),
    { action: 'ciba.redeemed', actor: 'client:callcentre', outcome: 'failure' },
  ],
  [
    'cibaCancelled',
    (audit) => audit.cibaCancelled('tx', about),
    { action: 'ciba.cancelled', actor: 'client:callcentre', object: 'att_1' },
  ],
];

test.each(events)('%s writes one row in its transaction', async (_name, call, row) => {
  const rows: object[] = [];
  const insert = async (tx: string, fact: AuditFact) => void rows.push({ tx, ...fact });
  await call(createAudit<string>({ insert, log: captureLog().log, metrics: createMetrics() }));
  expect(rows).toEqual([expect.objectContaining({ tx: 'tx', ...row })]);
});

test('every function about them is in the table above', () => {
  const all = Object.keys(cibaEvents(async () => {}));
  expect([...new Set(events.map(([name]) => name))].sort()).toEqual(all.sort());
});
