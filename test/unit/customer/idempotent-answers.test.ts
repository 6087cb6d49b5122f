// Idempotency-Key: one run for equal requests, on both engines.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createIdempotentAnswers } from '../../../src/customer/idempotent-answers.ts';
import { createMasterKey } from '../../../src/ops/master-key.ts';
import { createDatabaseEphemeralStore } from '../../../src/storage/ephemeral.ts';
import { engines, openTestDatabase, type TestDatabase } from '../../support/databases.ts';

const claim = { owner: 'acc_1 POST /things', key: 'k1', request: '{"name":"a"}' };

describe.each(engines)('idempotent answers on %s', (engine) => {
  let open: TestDatabase;
  beforeAll(async () => {
    open = await openTestDatabase(engine);
  });
  afterAll(() => open.close());
  const make = () => {
    const masterKey = createMasterKey({ current: Buffer.alloc(32, 7) }, randomBytes);
    return createIdempotentAnswers({ ephemeral: createDatabaseEphemeralStore(open.database), masterKey });
  };
  const act = () => {
    let runs = 0;
    return { run: async () => ({ status: 201, body: { run: ++runs } }), runs: () => runs };
  };

  describe('a repeat with the same key', () => {
    test('gets the answer of the first, and nothing runs again', async () => {
      const answers = make();
      const one = act();
      const own = { ...claim, key: 'repeat' };
      const first = await answers.once(own, one.run);
      expect(await answers.once(own, one.run)).toEqual(first);
      expect(one.runs()).toBe(1);
    });
    test('with another body is refused (X97)', async () => {
      const answers = make();
      const own = { ...claim, key: 'other-body' };
      await answers.once(own, act().run);
      await expect(answers.once({ ...own, request: '{}' }, act().run)).rejects.toMatchObject({
        code: 'idempotency_mismatch',
      });
    });
    test('by another account or for another route is its own request', async () => {
      const answers = make();
      const one = act();
      await answers.once({ ...claim, key: 'shared' }, one.run);
      await answers.once({ ...claim, key: 'shared', owner: 'acc_2 POST /things' }, one.run);
      expect(one.runs()).toBe(2);
    });
    test('while the first still runs is told to wait; twenty at once run one', async () => {
      const answers = make();
      const one = act();
      const own = { ...claim, key: 'twenty' };
      const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => answers.once(own, one.run)));
      expect(one.runs()).toBe(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'request_in_progress' });
        else expect(outcome.value).toEqual({ status: 201, body: { run: 1 } });
      }
    });
    test('runs again after an error: nothing is kept of it', async () => {
      const answers = make();
      const one = act();
      const own = { ...claim, key: 'error' };
      await expect(answers.once(own, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
      expect(await answers.once(own, one.run)).toEqual({ status: 201, body: { run: 1 } });
    });
  });
});
