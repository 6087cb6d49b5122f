// The robot check as a step: it answers for one try, in its time, and another takes its place.
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createRobotStep } from '../../../src/authentication/robot-step.ts';
import { createMasterKey } from '../../../src/ops/master-key.ts';

/** A flow that is kept here; `late`: the time of its check is over. */
function stepOn({ late = false } = {}) {
  const flow: { id: string; robotSealed: string | null } = { id: 'flow_1', robotSealed: null };
  const step = createRobotStep({
    ...{ masterKey: createMasterKey({ current: randomBytes(32) }, randomBytes), randomBytes },
    place: (id) => ({ table: 'flows', column: 'robot_sealed', row: id }),
    async take(_id, robotSealed) {
      if (late || flow.robotSealed !== robotSealed) return false;
      flow.robotSealed = null;
      return true;
    },
    async renew(_id, robotSealed) {
      if (flow.robotSealed === null || late) flow.robotSealed = robotSealed;
    },
  });
  flow.robotSealed = step.fresh(flow.id);
  const answerOf = (sealed: string | null) => {
    const [a, b] = step.show(flow.id, sealed ?? '').sum;
    return String(a + b);
  };
  return { flow, step, answerOf };
}

test('a right answer counts once, also when two come at once', async () => {
  const { flow, step, answerOf } = stepOn();
  const seen = { ...flow };
  const answer = answerOf(seen.robotSealed);
  expect(await Promise.all([step.answer(seen, answer), step.answer(seen, answer)])).toEqual([true, false]);
});

test('a wrong answer brings another check, and the first is worth nothing any more', async () => {
  const { flow, step, answerOf } = stepOn();
  const seen = { ...flow };
  expect(await step.answer(seen, 'WRONG')).toBe(false);
  expect(flow.robotSealed).not.toBe(seen.robotSealed);
  expect(await step.answer(seen, answerOf(seen.robotSealed))).toBe(false);
  expect(await step.answer({ ...flow }, answerOf(flow.robotSealed))).toBe(true);
});

test('a right answer after its time is none', async () => {
  const { flow, step, answerOf } = stepOn({ late: true });
  const seen = { ...flow };
  expect(await step.answer(seen, answerOf(seen.robotSealed))).toBe(false);
  expect(flow.robotSealed).not.toBe(seen.robotSealed);
});

test('is shown again unchanged, and no answer is one where there is no check', async () => {
  const { flow, step } = stepOn();
  expect(step.show(flow.id, flow.robotSealed!)).toEqual(step.show(flow.id, flow.robotSealed!));
  expect(await step.answer({ id: flow.id, robotSealed: null }, '2')).toBe(false);
});
