// Names, address and number of a person who registers: read at the border, kept sealed until there is an account; the
// identifier that she registers, likewise.
import { z } from 'zod';
import type { SignInIdentifier } from '../authentication/sign-in-record.ts';
import { parseEmail } from '../identifiers.ts';
import type { MasterKey } from '../ops/master-key.ts';
import type { RegistrationRow } from '../storage/self-care-tables.ts';
import { readName } from './open-account-details.ts';
import type { RegistrationProblem, TypedRegistration } from './registration-types.ts';

const detailsSchema = z.object({
  givenName: z.string(),
  familyName: z.string(),
  email: z.string(),
  phone: z.string(),
});
export type RegistrationDetails = z.infer<typeof detailsSchema>;

// Of any country and any kind of line: nobody sends anything there.
const phoneForm = /^\+?[0-9](?:[ .\-/()]*[0-9]){5,18}$/;

const readers: { readonly [Field in keyof TypedRegistration]: (text: string) => string | undefined } = {
  givenName: readName,
  familyName: readName,
  email: (text) => {
    try {
      return parseEmail(text);
    } catch {
      return undefined;
    }
  },
  phone: (text) => (phoneForm.test(text.trim()) && text.length <= 40 ? text.trim() : undefined),
};

const fields = ['givenName', 'familyName', 'email', 'phone'] as const;

/** Reads what was typed; every field that is not right at once. */
export function readRegistration(typed: TypedRegistration): RegistrationDetails | readonly RegistrationProblem[] {
  const read = fields.map((field) => ({ field, value: readers[field](typed[field]) }));
  const problems = read
    .filter(({ value }) => value === undefined)
    .map(({ field }) => ({
      field,
      problem: typed[field].trim() === '' ? ('missing' as const) : ('malformed' as const),
    }));
  return problems.length > 0
    ? problems
    : detailsSchema.parse(Object.fromEntries(read.map((one) => [one.field, one.value])));
}

/** Seals the details of a draft. */
export function sealRegistration(masterKey: MasterKey, id: string, details: RegistrationDetails): string {
  return masterKey.seal(place(id, 'details_sealed'), JSON.stringify(details));
}

/** Opens them. Throws where there are none. */
export function openRegistration(
  masterKey: MasterKey,
  { id, detailsSealed }: Pick<RegistrationRow, 'id' | 'detailsSealed'>,
): RegistrationDetails {
  return detailsSchema.parse(JSON.parse(masterKey.open(place(id, 'details_sealed'), detailsSealed ?? '').toString()));
}

const identifierSchema = z.object({ kind: z.enum(['account_id', 'customer_id']), value: z.string() });
export type RegisteredIdentifier = z.infer<typeof identifierSchema>;

/** An identifier that can be registered; undefined for the others. */
export function registeredIdentifier(identifier: SignInIdentifier | undefined): RegisteredIdentifier | undefined {
  return identifierSchema.safeParse(identifier).data;
}

/** Seals the identifier of a draft. */
export function sealIdentifier(masterKey: MasterKey, id: string, identifier: RegisteredIdentifier): string {
  return masterKey.seal(place(id, 'identifier_sealed'), JSON.stringify(identifier));
}

/** Opens it. */
export function openIdentifier(
  masterKey: MasterKey,
  { id, identifierSealed }: Pick<RegistrationRow, 'id' | 'identifierSealed'>,
): RegisteredIdentifier {
  return identifierSchema.parse(
    JSON.parse(masterKey.open(place(id, 'identifier_sealed'), identifierSealed).toString()),
  );
}

function place(row: string, column: 'details_sealed' | 'identifier_sealed') {
  return { table: 'registrations', column, row } as const;
}
