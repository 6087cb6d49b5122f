// The mail box of the simulator: an SMTP server for the local machine that takes every
// mail, delivers none of it, and lets a test read it back. No authentication, no TLS.
// Mails live in memory only; attachments are dropped.

import PostalMime from 'postal-mime';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';

const MAX_MAIL_BYTES = 1024 * 1024;
const MAX_MAILS = 1000;
const MAX_KEPT_CHARACTERS = 32 * 1024 * 1024;
const MAX_RECIPIENTS = 100;
const MAX_CLIENTS = 50;

/** One received mail. `to` holds the envelope's recipients, blind copies included; `at` is ISO 8601. */
export type Mail = { to: string[]; subject: string; text: string; html: string; at: string };

export type MailboxOptions = { port: number; host: string; now: () => Date };

export type Mailbox = {
  start(): Promise<{ port: number }>;
  stop(): Promise<void>;
  list(to?: string): Mail[];
  onMail(listener: (mail: Mail) => void): void;
  clear(): void;
};

/**
 * Creates a mail box that is not listening yet; port 0 takes any free port.
 * `start` rejects with the system's error when the port is taken. `list` gives the newest
 * mail first, for one recipient when asked (case does not matter).
 */
export function createMailbox({ port, host, now }: MailboxOptions): Mailbox {
  const kept = createMailStore();
  const listeners = new Set<(mail: Mail) => void>();
  const server = createSmtpServer((mail) => {
    const dated = { ...mail, at: now().toISOString() };
    kept.add(dated);
    for (const listener of listeners) listener(dated);
  });
  return {
    start: () => listen(server, port, host),
    stop: () => close(server),
    list: kept.list,
    onMail: (listener) => {
      listeners.add(listener);
    },
    clear: kept.clear,
  };
}

function createMailStore() {
  let mails: Mail[] = [];
  let characters = 0;
  return {
    add(mail: Mail): void {
      mails.push(mail);
      characters += sizeOf(mail);
      // The newest mail stays even if it alone is over the budget, else nobody would ever see it.
      while (mails.length > 1 && (mails.length > MAX_MAILS || characters > MAX_KEPT_CHARACTERS)) {
        const oldest = mails.shift();
        characters -= oldest ? sizeOf(oldest) : 0;
      }
    },
    list(to?: string): Mail[] {
      const wanted = to?.trim().toLowerCase();
      const chosen = wanted ? mails.filter((mail) => mail.to.some((each) => each.toLowerCase() === wanted)) : mails;
      return [...chosen].reverse();
    },
    clear(): void {
      mails = [];
      characters = 0;
    },
  };
}

function sizeOf(mail: Mail): number {
  return mail.subject.length + mail.text.length + mail.html.length;
}

function createSmtpServer(receive: (mail: Omit<Mail, 'at'>) => void): SMTPServer {
  return new SMTPServer({
    banner: 'Simulator mail box: nothing sent here leaves this machine',
    disabledCommands: ['AUTH', 'STARTTLS'],
    authOptional: true,
    disableReverseLookup: true,
    size: MAX_MAIL_BYTES,
    rejectOversized: true,
    maxClients: MAX_CLIENTS,
    closeTimeout: 500,
    logger: false,
    onRcptTo(_address, session, callback) {
      if (session.envelope.rcptTo.length < MAX_RECIPIENTS) return callback();
      callback(smtpError(452, `At most ${MAX_RECIPIENTS} recipients`));
    },
    onData(stream, session, callback) {
      readMail(stream, session).then(
        (mail) => {
          if (mail) receive(mail);
          callback();
        },
        () => callback(smtpError(554, 'This is not a mail that can be read')),
      );
    },
  });
}

/** Reads the whole mail; gives undefined for one over the size limit, which the server refuses with 552. */
async function readMail(
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
): Promise<Omit<Mail, 'at'> | undefined> {
  const to = session.envelope.rcptTo.map((recipient) => recipient.address);
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    if (!stream.sizeExceeded) chunks.push(Buffer.from(chunk));
  }
  if (stream.sizeExceeded) return undefined;
  const { subject, text, html } = await PostalMime.parse(Buffer.concat(chunks), { maxNestingDepth: 20 });
  return { to, subject: subject ?? '', text: text?.trim() ?? '', html: html?.trim() ?? '' };
}

function smtpError(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

function listen(server: SMTPServer, port: number, host: string): Promise<{ port: number }> {
  return new Promise((resolve, reject) => {
    const refuse = (error: Error) => reject(error);
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      // A client that hangs up in the middle is no reason to end the simulator.
      server.on('error', () => undefined);
      const address = server.server.address();
      resolve({ port: address && typeof address === 'object' ? address.port : port });
    });
  });
}

function close(server: SMTPServer): Promise<void> {
  return new Promise((resolve) => {
    if (!server.server.listening) return resolve();
    server.close(() => resolve());
  });
}
