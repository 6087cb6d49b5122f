// Names, address and number of a person who opens an account: read at the border, kept sealed until it is open.
import { z } from 'zod';
import { IdentifierError, type Msisdn, parseEmail, parseMsisdn } from '../identifiers.ts';
import type { MasterKey } from '../ops/master-key.ts';
import type { DetailField, DetailProblem, TypedDetails } from './open-account-types.ts';

const detailsSchema = z.object({
  civility: z.enum(['M.', 'Mme']).nullable(),
  givenName: z.string(),
  familyName: z.string(),
  email: z.string(),
  mobile: z.string().nullable(),
});

export type AccountDetails = z.infer<typeof detailsSchema>;

// Letters of any script with what stands between them in names.
const nameForm = /^[\p{L}\p{M}][\p{L}\p{M}'’. -]{0,59}$/u;

/** A name in its normal form; undefined for what cannot be one. */
export function readName(text: string): string | undefined {
  const name = text.normalize('NFC').replace(/\s+/g, ' ').trim();
  return nameForm.test(name) ? name : undefined;
}

/** Reads what was typed; every field that is not right at once. */
export function readDetails(
  typed: TypedDetails,
  isServed: (msisdn: string) => boolean,
): AccountDetails | readonly DetailProblem[] {
  const problems: DetailProblem[] = [];
  const refuse = (field: DetailField, problem: DetailProblem['problem']): null => {
    problems.push({ field, problem });
    return null;
  };
  const name = (field: 'givenName' | 'familyName'): string | null => {
    if (typed[field].trim() === '') return refuse(field, 'missing');
    return readName(typed[field]) ?? refuse(field, 'malformed');
  };
  const civility = detailsSchema.shape.civility.safeParse(typed.civility || null);
  if (!civility.success) refuse('civility', 'malformed');
  const email = typed.email.trim() === '' ? refuse('email', 'missing') : parsed(parseEmail, typed.email);
  if (email === undefined) refuse('email', 'malformed');
  const mobile = (typed.mobile ?? '').trim() === '' ? null : parsed((text) => parseMsisdn(text), typed.mobile ?? '');
  if (mobile === undefined) refuse('mobile', 'malformed');
  if (typeof mobile === 'string' && !isServed(mobile)) refuse('mobile', 'not-served');
  const read = detailsSchema.safeParse({
    ...{ civility: civility.data ?? null, givenName: name('givenName'), familyName: name('familyName') },
    ...{ email, mobile },
  });
  return problems.length === 0 && read.success ? read.data : problems;
}

function parsed<T extends string>(parse: (text: string) => T, text: string): T | undefined {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof IdentifierError) return undefined;
    throw error;
  }
}

/** Seals the details of a draft. */
export function sealDetails(masterKey: MasterKey, id: string, details: AccountDetails): string {
  return masterKey.seal(place(id), JSON.stringify(details));
}

/** Opens them. Throws where they are none. */
export function openDetails(masterKey: MasterKey, { id, detailsSealed }: { id: string; detailsSealed: string }) {
  const { mobile, ...details } = detailsSchema.parse(JSON.parse(masterKey.open(place(id), detailsSealed).toString()));
  // It was parsed when it came in.
  return { ...details, mobile: mobile as Msisdn | null };
}

function place(id: string) {
  return { table: 'account_drafts', column: 'details_sealed', row: id } as const;
}
