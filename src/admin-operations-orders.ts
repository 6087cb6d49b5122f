// Staff operations on orders, support cases and questions to advisors. Never the name or the number of a customer.
import { z } from 'zod';
import { type AdminContext, adminOperation } from './admin-operations-type.ts';
import { moveCaseByStaff, openCases } from './customer/case-desk.ts';
import { catalogueOf } from './customer/catalogue.ts';
import { answerQuestion, openQuestions } from './customer/help-desk.ts';
import { createNotifier } from './customer/notification-centre.ts';
import { moveOrderByStaff, openOrders } from './customer/order-desk.ts';
import type { OrderMovingDeps } from './customer/order-steps.ts';
import type { OrderView } from './customer/order-types.ts';
import { AppError } from './errors.ts';
import type { CaseRow } from './storage/diagnostic-tables.ts';
import { putStock } from './storage/purchases.ts';

const nothing = z.strictObject({});
const id = z.string().min(1).max(60);

function orderWords({ id: order, type, state, contractId, items, orderedAt }: OrderView) {
  const what = items.map(({ action, name }) => `${action} ${name.en}`).join(', ');
  return { id: order, type, state, contractId, what, orderedAt };
}

function caseWords({ id: caseId, status, reason, lineId, contractId, createdAt, changedAt }: CaseRow) {
  return { id: caseId, status, reason, lineId, contractId, createdAt, changedAt };
}

async function moving({ orders }: AdminContext): Promise<OrderMovingDeps> {
  if (orders === undefined) throw new AppError('temporarily_unavailable', { detail: 'orders cannot be changed' });
  return await orders();
}

/** All of them. */
export const orderOperations = [
  adminOperation('order.list', nothing, async ({ database }) => ({
    orders: (await openOrders({ database })).map(orderWords),
  })),
  adminOperation(
    'order.move',
    z.strictObject({ id, to: z.enum(['confirmed', 'preparing', 'shipped', 'delivered', 'done', 'cancelled']) }),
    async (context, input) => {
      const outcome = await moveOrderByStaff(await moving(context), input);
      if (outcome.kind === 'moved') return orderWords(outcome.order);
      if (outcome.kind === 'none') throw new AppError('not_found', { detail: 'there is no such order' });
      throw new AppError('conflict', { detail: 'the order cannot go there from where it is' });
    },
  ),
  adminOperation('case.list', nothing, async ({ database }) => ({
    cases: (await openCases({ database })).map(caseWords),
  })),
  adminOperation(
    'case.move',
    z.strictObject({
      id,
      to: z.enum(['pending', 'held', 'inProgress', 'resolved', 'closed', 'rejected', 'cancelled']),
    }),
    async ({ database, audit, randomBytes }, input) => {
      const outcome = await moveCaseByStaff({ database, audit, notifier: createNotifier({ randomBytes }) }, input);
      if (outcome.kind === 'moved') return caseWords(outcome.moved);
      if (outcome.kind === 'none') throw new AppError('not_found', { detail: 'there is no such case' });
      throw new AppError('conflict', { detail: 'the case has ended, or is there already' });
    },
  ),
  adminOperation(
    'order.stock',
    z.strictObject({ brand: id, handset: id, left: z.number().int().min(0).max(1_000_000).nullable() }),
    async ({ database }, { brand, handset, left }) => {
      if (!catalogueOf(brand).handsets.some((one) => one.id === handset)) {
        throw new AppError('not_found', { detail: 'the catalogue of this brand has no such handset' });
      }
      await database.transaction((tx) => putStock(tx, { brand, handsetId: handset, remaining: left }));
      return { handset, left: left ?? 'not counted' };
    },
  ),
  adminOperation('contact.list', nothing, async ({ database }) => ({
    questions: (await openQuestions({ database })).map(({ id: question, topic, text, sentAt }) => ({
      ...{ id: question, topic, text, sentAt },
    })),
  })),
  adminOperation(
    'contact.answer',
    z.strictObject({ id, text: z.string().trim().min(1).max(4_000) }),
    async ({ database, audit, randomBytes }, { id: question, text }) => {
      const deps = { database, audit, notifier: createNotifier({ randomBytes }) };
      if (!(await answerQuestion(deps, { id: question, answer: text }))) {
        throw new AppError('not_found', { detail: 'there is no open question of this id' });
      }
      return { answered: question };
    },
  ),
];
