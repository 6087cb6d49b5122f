// The sandbox's own routes for the faults of its network: a test engineer breaks a line or an access, and repairs it.
import { z } from 'zod';
import type { AppParts } from './app.ts';
import { accessFaults, lineFaults } from './customer/sandbox-network.ts';
import { AppError } from './errors.ts';
import type { AdminRoute } from './ops/admin-listener.ts';
import { clearFault, findFault, isContract, putFault } from './storage/sandbox-faults.ts';
import { findLine } from './storage/subscribers.ts';

const id = z.string().min(1).max(100);
const words = <Key extends string>(table: Readonly<Record<Key, unknown>>) =>
  z.enum(Object.keys(table) as [Key, ...Key[]]).nullable();

/** A line or a contract by its id; null repairs it. */
const order = z.union([
  z.strictObject({ line: id, fault: words(lineFaults) }),
  z.strictObject({ contract: id, fault: words(accessFaults) }),
]);

/** `POST /sandbox/network/faults` sets or clears one, `GET …?subject=<id>` tells it. */
export function faultRoutes({ database: { db } }: Pick<AppParts, 'database'>): AdminRoute[] {
  const path = '/sandbox/network/faults';
  const shown = async (subject: string) => ({ subject, fault: (await findFault(db, subject)) ?? null });
  return [
    { method: 'GET', path, handler: ({ query }) => shown(id.parse(query.get('subject'))) },
    {
      ...{ method: 'POST', path },
      async handler({ body }) {
        const wanted = order.parse(body);
        const isLine = 'line' in wanted;
        const subject = isLine ? wanted.line : wanted.contract;
        const isThere = isLine ? (await findLine(db, subject)) !== undefined : await isContract(db, subject);
        if (!isThere) throw new AppError('not_found', { detail: 'there is no such line or contract' });
        if (wanted.fault === null) await clearFault(db, subject);
        else {
          const place = isLine ? { lineId: subject, contractId: null } : { lineId: null, contractId: subject };
          await putFault(db, place, wanted.fault);
        }
        return await shown(subject);
      },
    },
  ];
}
