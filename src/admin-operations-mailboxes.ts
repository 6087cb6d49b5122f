// What the mail platform asks: where mail to an address goes (D09). An alias has no mailbox of its own.
import { z } from 'zod';
import { adminOperation } from './admin-operations-type.ts';
import { AppError } from './errors.ts';
import { findDelivery } from './storage/mail-addresses.ts';

/** All of them. */
export const mailboxOperations = [
  adminOperation('mailbox.resolve', z.strictObject({ address: z.email().max(254) }), async ({ database }, input) => {
    const found = await findDelivery(database.db, input.address);
    if (found === undefined) throw new AppError('not_found', { detail: 'nobody has this address' });
    return found;
  }),
];
