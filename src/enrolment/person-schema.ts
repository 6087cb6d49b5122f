// The person in what `subscriber import` reads: names, birth and how far the identity was proofed, checked at the border.
import { z } from 'zod';
import { france, isBirthDate, isCommuneCode, isCountryCode, missingPart } from '../authentication/civil-identity.ts';

const birthDate = z.string().refine(isBirthDate, {
  error: 'must be a day (1986-04-12), a month (1986-04-00) or a year (1986-00-00)',
  abort: true,
});

const birthCountry = z.string().refine(isCountryCode, {
  error: 'must be the code of a country in the COG: 99 and three digits, 99100 for France',
  abort: true,
});

const reasons = {
  birthName: 'the name at birth is needed for a proofed identity',
  civilGivenNames: 'all first names, with spaces between them, are needed for a proofed identity',
  birthDate: 'the date of birth is needed for a proofed identity',
  gender: 'the sex of the civil register, or unspecified, is needed for a proofed identity',
  birthCountry: 'the country of birth is needed for a proofed identity',
  birthPlace: 'the commune of birth is needed for a proofed identity of somebody born in France',
} as const;

/** A person with her civil identity. Whoever says that it was proofed gives all of it. */
export const personSchema = z
  .object({
    civility: z.string().nullable().default(null),
    givenName: z.string().min(1),
    /** The name in use; it may be another than the one at birth. */
    familyName: z.string().min(1),
    birthName: z.string().min(1).max(256).nullable().default(null),
    civilGivenNames: z
      .string()
      .max(256)
      .regex(/^\S+(?: \S+)*$/, 'must be names with one space between two')
      .nullable()
      .default(null),
    birthDate: birthDate.nullable().default(null),
    birthPlace: z.string().max(100).nullable().default(null),
    birthCountry: birthCountry.nullable().default(null),
    gender: z.enum(['male', 'female', 'unspecified']).nullable().default(null),
    customerType: z.enum(['consumer', 'professional']).default('consumer'),
    identityChecked: z.boolean().default(false),
    identityProofing: z.enum(['none', 'eidas1', 'eidas2']).default('none'),
  })
  .superRefine((person, context) => {
    if (person.birthCountry === france && person.birthPlace !== null && !isCommuneCode(person.birthPlace)) {
      const message = 'must be the code of a commune in the COG, like 75107 or 2A004, and no postcode';
      context.addIssue({ code: 'custom', path: ['birthPlace'], message });
      return;
    }
    const missing = person.identityProofing === 'none' ? undefined : missingPart(person);
    if (missing !== undefined) context.addIssue({ code: 'custom', path: [missing], message: reasons[missing] });
  });
