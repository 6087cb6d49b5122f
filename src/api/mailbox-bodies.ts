// Mailboxes and drafts as the API shows and takes them. TM Forum has no equivalent; names are of TMF632 where they fit.
import { z } from 'zod';
import type { MailboxAliasView, MailboxDraftView, MailboxView } from '../customer/mailbox-types.ts';
import { moment } from './schemas.ts';

export const mailboxBase = '/mailbox/v1';

export const eligibilitySchema = z.strictObject({
  /** Holds an Internet or Open contract with a main account. */
  isHolder: z.boolean(),
  /** The call comes through the own home network. */
  isAtHome: z.boolean(),
  /** The login had the PIN of the SIM. */
  isStrong: z.boolean(),
  slotsLeft: z.number().int().min(0).max(9),
  /** A mailbox can be opened now. */
  allowed: z.boolean(),
});

export const aliasSchema = z.strictObject({
  id: z.string(),
  href: z.string(),
  emailAddress: z.string(),
  creationDate: moment,
});

export const mailboxSchema = z.strictObject({
  id: z.string(),
  href: z.string(),
  '@type': z.literal('Mailbox'),
  kind: z.enum(['primary', 'secondary']),
  emailAddress: z.string(),
  status: z.enum(['active', 'readOnly']),
  user: z.strictObject({ title: z.string().optional(), givenName: z.string(), familyName: z.string() }).optional(),
  creationDate: moment,
  alias: z.array(aliasSchema),
});

export const draftSchema = z.strictObject({
  id: z.string(),
  href: z.string(),
  '@type': z.literal('MailboxDraft'),
  /** What is due. */
  step: z.enum(['address', 'password', 'confirmation', 'done']),
  user: z.strictObject({ title: z.string(), givenName: z.string(), familyName: z.string() }),
  domain: z.string(),
  /** Free addresses; any other may be typed. */
  proposal: z.array(z.string()),
  emailAddress: z.string().optional(),
  expiresAt: moment,
  mailbox: z.strictObject({ id: z.string(), href: z.string() }).optional(),
});

// Letters of any script with their marks, and what joins them; a name of signs alone is none.
const name = z
  .string()
  .trim()
  .transform((text) => text.normalize('NFC'))
  .refine((text) => {
    const length = Array.from(text).length;
    return length >= 1 && length <= 50;
  }, 'has not 1 to 50 characters')
  .refine(
    (text) => /^\p{L}[\p{L}\p{M}]*(?:[ '’-][\p{L}\p{M}]+)*$/u.test(text),
    'has other than letters, spaces, - and ’',
  );

export const userInput = z.strictObject({ title: z.enum(['Mme', 'M.']), familyName: name, givenName: name });

export const addressInput = z.strictObject({
  /** With or without the domain behind it. */
  emailAddress: z
    .string()
    .trim()
    .transform((text) => text.toLowerCase()),
});

export const passwordInput = z
  .strictObject({
    password: z.string().max(1_000),
    confirmation: z.string().max(1_000),
    acceptTerms: z.literal(true),
  })
  .refine(({ password, confirmation }) => password === confirmation, {
    path: ['confirmation'],
    message: 'is not the same',
  });

/** The body; `root`: address of the APIs. */
export function mailboxBody(view: MailboxView, root: string): z.input<typeof mailboxSchema> {
  const { id, kind, address, status, user, createdAt, aliases } = view;
  const href = `${root}${mailboxBase}/mailboxes/${id}`;
  return {
    ...{ id, href, '@type': 'Mailbox' as const, kind, emailAddress: address, creationDate: createdAt },
    status: status === 'active' ? 'active' : 'readOnly',
    ...(user === null ? {} : { user: nameOf(user) }),
    alias: aliases.map((alias) => aliasBody(alias, href)),
  };
}

/** The body of an alias; `mailbox`: address of its mailbox. */
export function aliasBody({ id, address, createdAt }: MailboxAliasView, mailbox: string): z.input<typeof aliasSchema> {
  return { id, href: `${mailbox}/aliases/${id}`, emailAddress: address, creationDate: createdAt };
}

function nameOf({ civility, givenName, familyName }: NonNullable<MailboxView['user']>) {
  return { ...(civility === null ? {} : { title: civility }), givenName, familyName };
}

/** The body of a draft. */
export function draftBody(view: MailboxDraftView, root: string): z.input<typeof draftSchema> {
  const { id, step, user, domain, proposals, address, expiresAt, mailboxId } = view;
  const { civility, givenName, familyName } = user;
  return {
    ...{ id, href: `${root}${mailboxBase}/drafts/${id}`, '@type': 'MailboxDraft' as const, step },
    ...{ user: { title: civility, givenName, familyName }, domain, proposal: [...proposals], expiresAt },
    ...(address === null ? {} : { emailAddress: address }),
    ...(mailboxId === null ? {} : { mailbox: { id: mailboxId, href: `${root}${mailboxBase}/mailboxes/${mailboxId}` } }),
  };
}
