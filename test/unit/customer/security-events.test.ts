// What a customer is told of her account's journal: names that the journal really writes with an account, and words
// for each of them.
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { securityEventNames } from '../../../src/customer/security-events.ts';
import { type AuditFact, createAudit } from '../../../src/ops/audit.ts';
import { captureLog } from '../../support/logs.ts';

const written = new Set<string>();

beforeAll(async () => {
  const audit = createAudit({
    async insert(_tx: unknown, { action, accountId }: AuditFact) {
      if (accountId !== null) written.add(action);
    },
    log: captureLog().log,
    metrics: { countEvent() {}, countAttempt() {}, countDroppedAnswer() {} },
  });
  const accountId = 'acc_1';
  const about = { accountId, by: { kind: 'account', accountId }, until: new Date(), fields: [] };
  for (const outcome of ['approved', 'refused']) {
    for (const event of Object.values(audit)) await Reflect.apply(event, audit, [{}, { ...about, outcome }]);
  }
});

describe.each(securityEventNames)('%s', (name) => {
  test('is an action that the journal writes with the account', () => expect([...written]).toContain(name));

  test.each(['fr', 'en'])('has words in the portal (%s)', (locale) => {
    const texts = new URL(`../../../views/portal/texts/account.${locale}.json`, import.meta.url);
    expect(JSON.parse(readFileSync(texts, 'utf8'))[`event.${name}`]).toBeTruthy();
  });
});
