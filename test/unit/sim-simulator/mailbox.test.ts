// The mail box over a real SMTP socket, with nodemailer as the client.
import { connect } from 'node:net';
import nodemailer from 'nodemailer';
import { afterEach, describe, expect, test } from 'vitest';
import { createMailbox, type Mail, type Mailbox } from '../../../sim-simulator/mailbox.ts';

const noon = new Date('2026-03-01T12:00:00.000Z');
const started: Mailbox[] = [];

async function startMailbox(now: () => Date = () => noon) {
  const mailbox = createMailbox({ port: 0, host: '127.0.0.1', now });
  started.push(mailbox);
  const { port } = await mailbox.start();
  const transport = nodemailer.createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
  const send = (to: string, rest: { subject?: string; text?: string; html?: string; bcc?: string } = {}) =>
    transport.sendMail({ from: 'provider@exemple.test', to, subject: 'Hello', text: 'body', ...rest });
  return { mailbox, port, send };
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((mailbox) => mailbox.stop()));
});

describe('the mail box', () => {
  test('keeps what was sent, decoded, with the time of arrival', async () => {
    const { mailbox, send } = await startMailbox();
    await send('alice@exemple.test', {
      subject: 'Votre code de vérification',
      text: 'Voici votre code : 40 € à Zoé',
      html: '<p>Voici votre <b>code</b></p>',
    });
    expect(mailbox.list()).toEqual([
      {
        to: ['alice@exemple.test'],
        subject: 'Votre code de vérification',
        text: 'Voici votre code : 40 € à Zoé',
        html: '<p>Voici votre <b>code</b></p>',
        at: '2026-03-01T12:00:00.000Z',
      },
    ]);
  });

  test('lists the newest mail first, and by recipient in any case', async () => {
    const { mailbox, send } = await startMailbox();
    await send('alice@exemple.test', { subject: 'first' });
    await send('bruno@exemple.test', { subject: 'second' });
    await send('alice@exemple.test', { subject: 'third' });
    expect(mailbox.list().map((mail) => mail.subject)).toEqual(['third', 'second', 'first']);
    expect(mailbox.list('ALICE@exemple.test ').map((mail) => mail.subject)).toEqual(['third', 'first']);
    expect(mailbox.list('nobody@exemple.test')).toEqual([]);
  });

  test('finds a mail by its blind copy, which no header names', async () => {
    const { mailbox, send } = await startMailbox();
    await send('alice@exemple.test', { bcc: 'emma@exemple.test' });
    expect(mailbox.list('emma@exemple.test')[0]?.to).toEqual(['alice@exemple.test', 'emma@exemple.test']);
  });

  test('tells each listener once per mail', async () => {
    const { mailbox, send } = await startMailbox();
    const heard: Mail[] = [];
    mailbox.onMail((mail) => heard.push(mail));
    await send('alice@exemple.test', { subject: 'one' });
    expect(heard.map((mail) => mail.subject)).toEqual(['one']);
  });

  test('is empty after clear and takes mail again', async () => {
    const { mailbox, send } = await startMailbox();
    await send('alice@exemple.test');
    mailbox.clear();
    expect(mailbox.list()).toEqual([]);
    await send('alice@exemple.test', { subject: 'again' });
    expect(mailbox.list()).toHaveLength(1);
  });

  test('refuses a mail over 1 MB with 552, keeps nothing of it, and goes on', async () => {
    const { mailbox, port } = await startMailbox();
    const replies = await smtpDialogue(port, [
      'EHLO test',
      'MAIL FROM:<a@exemple.test>',
      'RCPT TO:<b@exemple.test>',
      'DATA',
      `Subject: big\r\n\r\n${'x'.repeat(72).concat('\r\n').repeat(15_000)}.`,
      'MAIL FROM:<a@exemple.test>',
      'RCPT TO:<b@exemple.test>',
      'DATA',
      'Subject: small\r\n\r\nbody\r\n.',
    ]);
    expect(replies.map((reply) => reply.slice(0, 3))).toEqual([
      '220',
      '250',
      '250',
      '250',
      '354',
      '552',
      '250',
      '250',
      '354',
      '250',
    ]);
    expect(mailbox.list().map((mail) => mail.subject)).toEqual(['small']);
  });

  test('offers neither login nor TLS', async () => {
    const { port } = await startMailbox();
    const [, greeting] = await smtpDialogue(port, ['EHLO test']);
    expect(greeting).not.toMatch(/AUTH|STARTTLS/);
    expect(greeting).toContain('SIZE 1048576');
  });

  test('keeps at most 1000 mails, the newest ones', async () => {
    const { mailbox, port } = await startMailbox();
    const mail = (n: number) => [
      'MAIL FROM:<a@exemple.test>',
      'RCPT TO:<b@exemple.test>',
      'DATA',
      `Subject: ${n}\r\n\r\nbody\r\n.`,
    ];
    await smtpDialogue(port, ['EHLO test', ...Array.from({ length: 1002 }, (_, n) => mail(n)).flat()]);
    const subjects = mailbox.list().map((each) => each.subject);
    expect(subjects).toHaveLength(1000);
    expect(subjects[0]).toBe('1001');
    expect(subjects.at(-1)).toBe('2');
  });

  test('survives a client that hangs up in the middle of a mail', async () => {
    const { mailbox, port, send } = await startMailbox();
    const socket = connect(port, '127.0.0.1');
    await new Promise((resolve) => socket.once('data', resolve));
    socket.write('EHLO test\r\nMAIL FROM:<a@exemple.test>\r\nRCPT TO:<b@exemple.test>\r\nDATA\r\nSubject: half');
    await new Promise((resolve) => socket.once('data', resolve));
    socket.resetAndDestroy();
    await send('alice@exemple.test', { subject: 'whole' });
    expect(mailbox.list().map((mail) => mail.subject)).toEqual(['whole']);
  });

  test('says which port is taken when it cannot start', async () => {
    const { port } = await startMailbox();
    const second = createMailbox({ port, host: '127.0.0.1', now: () => noon });
    await expect(second.start()).rejects.toMatchObject({ code: 'EADDRINUSE', port });
    await second.stop();
  });
});

/** Sends one line (or DATA block) after each reply and gives all replies, the greeting first. */
function smtpDialogue(port: number, lines: string[]): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const replies: string[] = [];
    let waiting = '';
    socket.setEncoding('utf8');
    socket.on('error', reject);
    socket.on('data', (chunk: string) => {
      waiting += chunk;
      if (!/^\d{3} [^\n]*\r\n$/m.test(waiting) || !waiting.endsWith('\r\n')) return;
      replies.push(waiting);
      waiting = '';
      const line = lines[replies.length - 1];
      if (line !== undefined) return void socket.write(`${line}\r\n`);
      socket.end();
      resolve(replies);
    });
  });
}
