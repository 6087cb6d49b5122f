// The e-mail that tells a holder whose area her contract has come to. The link that contests it is made when it is
// sent: it lies in no table.
import { z } from 'zod';
import type { Locale } from '../i18n.ts';
import { attachedShape } from './contract-messages.ts';
import type { EmailSender } from './email.ts';
import { deliverEmail } from './job-delivery.ts';
import type { JobQueue } from './jobs.ts';
import type { MessageTexts } from './texts.ts';

const contractAttached = z.strictObject({
  ...attachedShape,
  /** Whom it goes to. */
  accountId: z.string().min(1).max(100),
  /** Null for an own contract: there is nothing to contest by a link. */
  proxyId: z.string().min(1).max(100).nullable(),
});
export type ContractAttached = z.infer<typeof contractAttached>;

export interface ContractAttachedOptions {
  readonly email: Pick<EmailSender, 'send'>;
  readonly texts: Pick<MessageTexts, 'renderEmail'>;
  /** With the brand that the account is of. */
  readonly findMailbox: (
    accountId: string,
  ) => Promise<{ address: string; locale: Locale; timeZone?: string; brand: string } | undefined>;
  /** The address of the page that contests a proxy, where customers of the brand are at home. */
  readonly contestLink: (proxyId: string, brand: string) => string;
}

/** Makes the queue `contract-attached` for `createJobs`. */
export function createContractAttachedQueue(options: ContractAttachedOptions): JobQueue<ContractAttached> {
  return { schema: contractAttached, handle: (notice) => send(options, notice) };
}

async function send(
  { email, texts, findMailbox, contestLink }: ContractAttachedOptions,
  { accountId, proxyId, ...about }: ContractAttached,
): Promise<void> {
  const mailbox = await findMailbox(accountId);
  if (mailbox === undefined) return;
  const link = proxyId === null ? '' : contestLink(proxyId, mailbox.brand);
  const message = { key: 'contract-attached', ...about, link } as const;
  await deliverEmail(email, {
    to: mailbox.address,
    ...texts.renderEmail(message, mailbox.locale, mailbox.timeZone),
  });
}
