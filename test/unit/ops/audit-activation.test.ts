// The journal's events about the service on a line: begun, agreed to, linked, ended; ids only.
import { expect, test } from 'vitest';
import { type AuditFact, createAudit } from '../../../src/ops/audit.ts';
import { type ActivationAudit, activationEvents } from '../../../src/ops/audit-activation.ts';
import { createMetrics } from '../../../src/ops/metrics.ts';
import { captureLog } from '../../support/logs.ts';

const about = { accountId: 'acc_1', object: 'act_1' };

type Event = [
  what: keyof ActivationAudit,
  call: (audit: ActivationAudit<string>) => Promise<void>,
  row: Partial<AuditFact>,
];

const events: Event[] = [
  ['activationBegun', (audit) => audit.activationBegun('tx', about), { action: 'activation.begun', details: {} }],
  [
    'termsAccepted',
    (audit) => audit.termsAccepted('tx', { ...about, version: '2026-01', locale: 'fr', address: 'hmac' }),
    { action: 'terms.accepted', details: { version: '2026-01', locale: 'fr', address: 'hmac' } },
  ],
  [
    'activationFailed',
    (audit) => audit.activationFailed('tx', { ...about, reason: 'install_timeout' }),
    { action: 'activation.failed', outcome: 'failure', details: { reason: 'install_timeout' } },
  ],
  [
    'pinCreated',
    (audit) => audit.pinCreated('tx', { ...about, held: true }),
    { action: 'pin.created', actor: 'sim', details: { held: true } },
  ],
  ['keyRefused', (audit) => audit.keyRefused('tx', about), { action: 'key.refused', actor: 'sim', outcome: 'failure' }],
  [
    'serviceLinked',
    (audit) => audit.serviceLinked('tx', { ...about, first: true }),
    { action: 'service.linked', details: { first: true } },
  ],
  [
    'serviceUnlinked',
    (audit) => audit.serviceUnlinked('tx', { ...about, last: false }),
    { action: 'service.unlinked', details: { last: false } },
  ],
  [
    'deactivationRefused',
    (audit) => audit.deactivationRefused('tx', { ...about, result: 'cancelled' }),
    { action: 'deactivation.refused', outcome: 'failure', details: { result: 'cancelled' } },
  ],
];

test.each(events)('%s writes one row in its transaction', async (_name, call, row) => {
  const rows: object[] = [];
  const insert = async (tx: string, fact: AuditFact) => void rows.push({ tx, ...fact });
  await call(createAudit<string>({ insert, log: captureLog().log, metrics: createMetrics() }));
  const usual = { tx: 'tx', outcome: 'success', actor: 'account', accountId: 'acc_1', object: 'act_1' };
  expect(rows).toEqual([expect.objectContaining({ ...usual, ...row })]);
});

test('every function about activation is in the table above', () => {
  const all = Object.keys(activationEvents(async () => {}));
  expect(events.map(([name]) => name).sort()).toEqual(all.sort());
});
