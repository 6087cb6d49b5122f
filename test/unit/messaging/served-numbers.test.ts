// Nothing leaves for a number of no configured operator.
import { expect, test, vi } from 'vitest';
import { parseMsisdn } from '../../../src/identifiers.ts';
import { onlyServed } from '../../../src/messaging/served-numbers.ts';
import { readNumberingPlan } from '../../../src/ops/numbering-plan.ts';

const plan = readNumberingPlan('exemple:208_99:+3363998');

function world() {
  const submit = vi.fn(async () => ({ kind: 'accepted' as const, messageId: '1' }));
  const guarded = onlyServed({ isBound: () => true, submit }, (number) => plan?.operatorOf(number) !== undefined);
  const send = (number: string) =>
    guarded.submit({ destination: parseMsisdn(number), body: Buffer.from('a') } as Parameters<
      typeof guarded.submit
    >[0]);
  return { submit, send };
}

test('A02: an SMS or push to a number of another operator is refused before the SMSC hears of it', async () => {
  const { submit, send } = world();
  await expect(send('+33612345678')).resolves.toEqual({ kind: 'refused', status: 0x0b });
  await expect(send('+23052512345')).resolves.toEqual({ kind: 'refused', status: 0x0b });
  expect(submit).not.toHaveBeenCalled();
});

test('a number of the operator goes through as it is', async () => {
  const { submit, send } = world();
  await expect(send('+33639980001')).resolves.toEqual({ kind: 'accepted', messageId: '1' });
  expect(submit).toHaveBeenCalledOnce();
});
