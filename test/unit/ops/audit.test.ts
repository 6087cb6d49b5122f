// The audit functions: a row in the caller's transaction, a log line, a counter; the business never fails by the latter.
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Audit, type AuditFact, createAudit } from '../../../src/ops/audit.ts';
import { createMetrics } from '../../../src/ops/metrics.ts';
import { captureLog } from '../../support/logs.ts';

interface Row extends AuditFact {
  readonly tx: string;
}

function anAudit(changed: Partial<Parameters<typeof createAudit<string>>[0]> = {}) {
  const rows: Row[] = [];
  const metrics = createMetrics();
  const captured = captureLog();
  const audit = createAudit<string>({
    insert: async (tx, fact) => void rows.push({ tx, ...fact }),
    log: captured.log,
    metrics,
    correlationId: () => 'trace-1',
    ...changed,
  });
  return { audit, rows, metrics, lines: captured.lines };
}

const until = new Date('2026-11-23T10:00:00Z');
const issuer = 'https://id.example.com';

type Event = [what: keyof Audit, call: (audit: Audit<string>) => Promise<void>, row: Partial<AuditFact>];

const events: Event[] = [
  [
    'signInStarted',
    (audit) => audit.signInStarted('tx', { attemptId: 'att_1', clientId: 'portal', level: 'sim-pin' }),
    { action: 'sign_in.started', actor: 'client:portal', object: 'att_1', details: { level: 'sim-pin' } },
  ],
  [
    'signInApproved',
    (audit) =>
      audit.signInApproved('tx', { attemptId: 'att_1', clientId: 'portal', level: 'sim-ok', accountId: 'acc_1' }),
    { action: 'sign_in.approved', accountId: 'acc_1', outcome: 'success', details: { level: 'sim-ok' } },
  ],
  [
    'signInExpired',
    (audit) => audit.signInExpired('tx', { attemptId: 'att_1', clientId: 'portal' }),
    { action: 'sign_in.expired', outcome: 'failure', object: 'att_1' },
  ],
  [
    'attemptAnswered',
    (audit) =>
      audit.attemptAnswered('tx', { attemptId: 'att_1', clientId: 'portal', result: 'cancelled', counted: true }),
    {
      action: 'attempt.answered',
      actor: 'sim',
      outcome: 'failure',
      details: { clientId: 'portal', result: 'cancelled', counted: true },
    },
  ],
  [
    'fraudReported',
    (audit) => audit.fraudReported('tx', { attemptId: 'att_1', clientId: 'portal' }),
    { action: 'fraud.reported', actor: 'sim', object: 'att_1' },
  ],
  [
    'serviceLocked',
    (audit) => audit.serviceLocked('tx', { enrolmentId: 'enr_1', until }),
    { action: 'service.locked', object: 'enr_1', details: { until: '2026-11-23T10:00:00.000Z' } },
  ],
  [
    'passwordLogin',
    (audit) => audit.passwordLogin('tx', { clientId: 'portal', accountId: 'acc_1' }),
    { action: 'password.login', actor: 'client:portal', accountId: 'acc_1', outcome: 'success' },
  ],
  [
    'passwordFailed',
    (audit) => audit.passwordFailed('tx', { clientId: 'portal', accountId: null }),
    { action: 'password.failed', accountId: null, outcome: 'failure' },
  ],
  [
    'answerDropped',
    (audit) => audit.answerDropped({ reason: 'stale-counter', simId: 'sim_1', tx: 'tx' }),
    { action: 'answer.dropped', object: 'sim_1', outcome: 'failure', details: { reason: 'stale-counter' } },
  ],
  [
    'cardForked',
    (audit) => audit.cardForked('tx', { simId: 'sim_1', enrolmentId: 'enr_1' }),
    { action: 'card.forked', object: 'enr_1', details: { simId: 'sim_1' } },
  ],
  [
    'keyRotated',
    (audit) => audit.keyRotated('tx', { issuer, kid: 'kid-1', algorithm: 'ES256' }),
    { action: 'key.rotated', actor: 'staff', object: 'kid-1', details: { issuer, algorithm: 'ES256' } },
  ],
  [
    'clientAdded',
    (audit) => audit.clientAdded('tx', { issuer, clientId: 'shop', by: 'registration' }),
    { action: 'client.added', actor: 'registration', object: 'shop', details: { issuer } },
  ],
  [
    'clientRemoved',
    (audit) => audit.clientRemoved('tx', { issuer, clientId: 'shop', by: 'staff' }),
    { action: 'client.removed', actor: 'staff', object: 'shop' },
  ],
  [
    'consentWithdrawn',
    (audit) => audit.consentWithdrawn('tx', { issuer, accountId: 'acc_1', clientId: 'shop' }),
    { action: 'consent.withdrawn', actor: 'account', accountId: 'acc_1', object: 'shop', details: { issuer } },
  ],
  [
    'adminAction',
    (audit) => audit.adminAction('tx', { operation: 'clock.advance' }),
    { action: 'admin.clock.advance', actor: 'staff', object: null },
  ],
];

test.each(events)('%s writes a row in its transaction, a line and a count', async (_name, call, row) => {
  const { audit, rows, metrics, lines } = anAudit();
  await call(audit);
  expect(rows).toEqual([expect.objectContaining({ tx: 'tx', correlationId: 'trace-1', ...row })]);
  expect(JSON.parse(lines[0]!)).toMatchObject({ event: row.action, correlationId: 'trace-1' });
  expect(await metrics.text()).toMatch(new RegExp(`audit_events_total\\{action="${row.action}",outcome="\\w+"\\} 1`));
});

async function functionsOfTopics(): Promise<Set<string>> {
  const folder = new URL('../../../src/ops/', import.meta.url);
  const topics = readdirSync(folder).filter((name) => /^audit-.*\.ts$/.test(name));
  const modules: object[] = await Promise.all(topics.map((name) => import(new URL(name, folder).href)));
  const makers = modules.flatMap((one) => Object.values(one)).filter((one) => typeof one === 'function');
  return new Set(makers.flatMap((make) => Object.keys(make(async () => {}))));
}

test('every function is in the table above', async () => {
  const elsewhere = await functionsOfTopics();
  // Those of a topic of their own have a table in the test of that name.
  const here = Object.keys(anAudit().audit).filter((name) => !elsewhere.has(name));
  expect(events.map(([name]) => name).sort()).toEqual(here.sort());
});

test.each([
  ['an approval in time', { result: 'approved', counted: true }, 'success'],
  ['an approval that came too late', { result: 'approved', counted: false }, 'failure'],
])('%s counts as %s', async (_what, about, outcome) => {
  const { audit, rows } = anAudit();
  await audit.attemptAnswered('tx', { attemptId: 'att_1', clientId: 'portal', ...about });
  expect(rows[0]!.outcome).toBe(outcome);
});

test('a dropped answer is counted by its reason, with a row only where there is a transaction', async () => {
  const { audit, rows, metrics, lines } = anAudit();
  await audit.answerDropped({ reason: 'proof' });
  expect(rows).toEqual([]);
  expect(lines).toHaveLength(1);
  expect(await metrics.text()).toContain('sim_answers_dropped_total{reason="proof"} 1');
});

test('what endangers a customer is logged as a warning', async () => {
  const { audit, lines } = anAudit();
  await audit.fraudReported('tx', { attemptId: 'att_1', clientId: 'portal' });
  expect(JSON.parse(lines[0]!).level).toBe('warn');
});

test('when the row cannot be written the caller hears it, and nothing is claimed', async () => {
  const { audit, lines, metrics } = anAudit({
    insert: async () => {
      throw new Error('no database');
    },
  });
  await expect(audit.passwordLogin('tx', { clientId: 'portal', accountId: 'acc_1' })).rejects.toThrow('no database');
  expect(lines).toEqual([]);
  expect(await metrics.text()).not.toContain('password.login');
});

test('a log and a counter that fail do not undo what happened', async () => {
  const broken = () => {
    throw new Error('full');
  };
  const { audit, rows } = anAudit({
    log: { ...captureLog().log, info: broken, warn: broken },
    metrics: { countEvent: broken, countAttempt: broken, countDroppedAnswer: broken },
  });
  await audit.passwordLogin('tx', { clientId: 'portal', accountId: 'acc_1' });
  await audit.answerDropped({ reason: 'proof', tx: 'tx' });
  expect(rows).toHaveLength(2);
});
