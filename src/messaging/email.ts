// Sends e-mail over SMTP. Knows addresses and texts, not why they are sent; jobs repeat what fails.
import { createTransport } from 'nodemailer';
import { maskEmail } from '../identifiers.ts';
import type { Log } from '../ops/log.ts';

export interface EmailContent {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
}

export interface EmailSender {
  /** Resolves when the server has taken the message. Throws EmailNotSent otherwise. */
  send(email: EmailContent): Promise<void>;
  stop(): void;
}

/** Why an e-mail was not taken; carries no address and no text. */
export class EmailNotSent extends Error {
  override readonly name = 'EmailNotSent';
  /** True when the server refuses this message for good (5xx): repeating it is of no use. */
  readonly permanent: boolean;
  /** What nodemailer calls the fault (`ECONNECTION`, `EENVELOPE` …), and the server's reply code if it gave one. */
  readonly fault: string;
  /** True when it is the recipient that the server will not have. */
  readonly recipientRefused: boolean;

  constructor(fault: string, permanent: boolean, recipientRefused = false) {
    super(`the e-mail was not sent: ${fault}`);
    this.fault = fault;
    this.permanent = permanent;
    this.recipientRefused = recipientRefused;
  }
}

export interface EmailOptions {
  /** `smtp://user:password@host:port` or `smtps://…`. */
  readonly url: string;
  /** `Name <address>`. */
  readonly from: string;
  readonly timeoutSeconds?: number;
  readonly log: Log;
}

/** The sender; `onRefused` is told of each address that a server will not have. What it throws is thrown instead. */
export function watchRefusals(sender: EmailSender, onRefused: (address: string) => Promise<void>): EmailSender {
  return {
    async send(email) {
      try {
        await sender.send(email);
      } catch (error) {
        if (error instanceof EmailNotSent && error.recipientRefused) await onRefused(email.to);
        throw error;
      }
    },
    stop: () => sender.stop(),
  };
}

/** Makes a sender; it connects when the first e-mail is sent. */
export function createEmail({ url, from, timeoutSeconds = 10, log }: EmailOptions): EmailSender {
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: 2,
    connectionTimeout: timeoutSeconds * 1000,
    greetingTimeout: timeoutSeconds * 1000,
    socketTimeout: timeoutSeconds * 1000,
    // A text must never be able to name a file or an address to fetch.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(email) {
      const to = maskEmail(email.to);
      try {
        await transport.sendMail({ from, ...email });
        log.info({ to, octets: email.text.length }, 'email: sent');
      } catch (error) {
        const notSent = faultOf(error);
        log.warn({ to, fault: notSent.fault, permanent: notSent.permanent }, 'email: not sent');
        throw notSent;
      }
    },
    stop: () => transport.close(),
  };
}

// The library's own error repeats the address and the server's words, so only its codes are taken.
function faultOf(error: unknown): EmailNotSent {
  if (!(error instanceof Error)) return new EmailNotSent('unknown', false);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  const reply = 'responseCode' in error && typeof error.responseCode === 'number' ? error.responseCode : undefined;
  // 5xx to our login or greeting is our own trouble, and may be over later; to the envelope or message it is final.
  const permanent = reply !== undefined && reply >= 500 && (code === 'EENVELOPE' || code === 'EMESSAGE');
  const recipientRefused = permanent && 'command' in error && error.command === 'RCPT TO';
  return new EmailNotSent(reply === undefined ? code : `${code} ${reply}`, permanent, recipientRefused);
}
