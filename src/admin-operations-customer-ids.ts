// Staff operations on Customer IDs of companies (E23, E24): issue one after a check of identity, show what there is.
import { z } from 'zod';
import { type AdminContext, adminOperation } from './admin-operations-type.ts';
import { type CompanyView, findCompanies, identityDocuments, issueCustomerId } from './customer/customer-ids.ts';
import { AppError } from './errors.ts';
import { type Msisdn, parseMsisdn } from './identifiers.ts';

const company = z.string().trim().min(1).max(100);

const identityDocument = z
  .string()
  .regex(/^[a-z-]+:[A-Za-z0-9 /-]{4,30}$/, `expected kind:number, kind being ${identityDocuments.join(', ')}`)
  .transform((text) => ({ kind: text.slice(0, text.indexOf(':')), number: text.slice(text.indexOf(':') + 1).trim() }))
  .pipe(z.object({ kind: z.enum(identityDocuments), number: z.string() }));

const issue = z.strictObject({
  company,
  /** Name of whoever has checked the document. */
  advisor: z.string().trim().min(1).max(60),
  identityDocument,
  /** E.164. */
  number: z
    .string()
    .max(40)
    .transform((text, context): Msisdn => {
      try {
        return parseMsisdn(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'expected a phone number with its country, such as +230…' });
        return z.NEVER;
      }
    })
    .optional(),
});

async function findOne({ database }: AdminContext, idOrName: string): Promise<CompanyView> {
  const [found, ...others] = await findCompanies({ database }, idOrName);
  if (found === undefined) throw new AppError('not_found', { detail: 'there is no company with this id or name' });
  if (others.length > 0) throw new AppError('conflict', { detail: 'several companies have this name: give the id' });
  return found;
}

/** All of them. */
export const customerIdOperations = [
  adminOperation('customer-id.show', z.strictObject({ company }), (context, input) => findOne(context, input.company)),
  adminOperation('customer-id.issue', issue, async (context, input) => {
    const { id, name, brand } = await findOne(context, input.company);
    const { masterKey } = await context.secrets();
    const { advisor, identityDocument: document, number: contactMobile } = input;
    const order = { groupId: id, advisor, document, contactMobile };
    const outcome = await issueCustomerId({ ...context, masterKey }, order);
    switch (outcome.kind) {
      case 'issued':
        // Shown this once.
        return { company: name, id, brand, customerId: outcome.customerId, formerRevoked: outcome.isAgain };
      case 'no-number':
        throw new AppError('conflict', { detail: 'the company has no number for codes: give one with --number' });
      default:
        throw new AppError('not_found', { detail: 'there is no company with this id or name' });
    }
  }),
];
