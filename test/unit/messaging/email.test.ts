// E-mails against a real SMTP server on loopback.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import PostalMime from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, test } from 'vitest';
import { createEmail, EmailNotSent, type EmailSender, watchRefusals } from '../../../src/messaging/email.ts';
import { createLog } from '../../../src/ops/log.ts';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const anEmail = { to: 'alice@exemple.test', subject: 'Connexion à votre compte', text: 'Où êtes-vous ?\n' };

function aSender(port: number, timeoutSeconds = 5) {
  const lines: string[] = [];
  const log = createLog('debug', { write: (line) => lines.push(line) });
  const url = `smtp://mailer:s3cret@127.0.0.1:${port}`;
  const sender = createEmail({ url, from: 'Exemple <ne-pas-repondre@exemple.test>', timeoutSeconds, log });
  cleanUps.push(() => sender.stop());
  return { sender, lines };
}

async function aServer(options: SMTPServerOptions = {}) {
  const received: Buffer[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: (auth, _session, done) =>
      auth.password === 's3cret' ? done(null, { user: 'mailer' }) : done(new Error('no')),
    onData(stream, _session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        received.push(Buffer.concat(chunks));
        done();
      });
    },
    ...options,
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  cleanUps.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { received, ...aSender((server.server.address() as AddressInfo).port) };
}

const refuse = (responseCode: number) => Object.assign(new Error('alice@exemple.test no'), { responseCode });

async function failure(sending: Promise<void>): Promise<EmailNotSent> {
  return sending.then(
    () => {
      throw new Error('was sent');
    },
    (error: EmailNotSent) => error,
  );
}

describe('an e-mail', () => {
  test('arrives with its subject and text', async () => {
    const { sender, received, lines } = await aServer();
    await sender.send(anEmail);
    const mail = await PostalMime.parse(received[0]!);
    expect(mail).toMatchObject({ subject: anEmail.subject, text: anEmail.text });
    expect(mail.from?.address).toBe('ne-pas-repondre@exemple.test');
    expect(mail.to?.[0]?.address).toBe('alice@exemple.test');
    expect(lines.join()).toContain('a***@exemple.test');
    expect(lines.join()).not.toMatch(/alice@|s3cret|êtes/);
  });

  test.each([
    ['the recipient for good', { onRcptTo: (_a, _s, done) => done(refuse(550)) }, true],
    ['the recipient for now', { onRcptTo: (_a, _s, done) => done(refuse(451)) }, false],
    ['our login', { onAuth: (_a, _s, done) => done(refuse(535)) }, false],
  ] satisfies [string, SMTPServerOptions, boolean][])(
    'refused because of %s is told without its words',
    async (_, options, permanent) => {
      const { sender, lines } = await aServer(options);
      const error = await failure(sender.send(anEmail));
      expect(error).toBeInstanceOf(EmailNotSent);
      expect(error.permanent).toBe(permanent);
      expect(`${error.message}${lines.join()}`).not.toMatch(/alice@|s3cret/);
    },
  );

  test('to an address that its server will not have is told to whoever watches; what is over later is not', async () => {
    const refused: string[] = [];
    const watch = (sender: EmailSender) => watchRefusals(sender, async (address) => void refused.push(address));
    const sendTo = async (options: SMTPServerOptions) => {
      const { sender } = await aServer(options);
      await failure(watch(sender).send(anEmail));
    };
    await sendTo({ onRcptTo: (_a, _s, done) => done(refuse(451)) });
    await sendTo({ onMailFrom: (_a, _s, done) => done(refuse(550)) });
    expect(refused).toEqual([]);
    await sendTo({ onRcptTo: (_a, _s, done) => done(refuse(550)) });
    expect(refused).toEqual([anEmail.to]);
  });

  test('without a server fails, and may be tried again', async () => {
    const { sender } = aSender(1);
    expect(await failure(sender.send(anEmail))).toMatchObject({ fault: 'ESOCKET', permanent: false });
  });

  test('to a server that says nothing is given up', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    cleanUps.push(() => void silent.close());
    const { sender } = aSender((silent.address() as AddressInfo).port, 0.1);
    expect(await failure(sender.send(anEmail))).toMatchObject({ fault: 'ETIMEDOUT', permanent: false });
  });

  test('cannot gain a header through its subject', async () => {
    const { sender, received } = await aServer();
    await sender.send({ ...anEmail, subject: 'Bonjour\r\nBcc: mallory@exemple.test' });
    const mail = await PostalMime.parse(received[0]!);
    expect(mail.bcc ?? []).toEqual([]);
  });
});
