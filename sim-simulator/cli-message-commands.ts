// The commands about messages that arrived: inbox and mail.

import type { Command } from 'commander';
import { z } from 'zod';
import { mailSchema, simPath, smsSchema } from './cli-client.ts';
import { parseNumber } from './cli-number.ts';
import { clientOf, type RemoteOptions, remoteCommand } from './cli-remote.ts';
import { printSms } from './cli-screens.ts';
import { type CliContext, paint, printable, printJson, printLine } from './cli-terminal.ts';

const inboxSchema = z.array(smsSchema);
const mailsSchema = z.array(mailSchema);

/** Adds `inbox` and `mail` to the program. */
export function addMessageCommands(program: Command, context: CliContext): void {
  addInbox(program, context);
  addMail(program, context);
}

function addInbox(program: Command, { terminal }: CliContext): void {
  remoteCommand(program, 'inbox', 'SMS that a phone received, newest first')
    .argument('<msisdn...>', 'the number, in any usual spelling')
    .action(async (number: string[], options: RemoteOptions) => {
      const path = simPath(parseNumber(number), '/inbox');
      const messages = (await clientOf(options).call({ path, schema: inboxSchema })) ?? [];
      if (options.json) return printJson(terminal, messages);
      if (messages.length === 0) return printLine(terminal, 'No SMS yet.');
      printSms(terminal, messages);
    });
}

function addMail(program: Command, { terminal }: CliContext): void {
  remoteCommand(program, 'mail', 'e-mails that arrived in the mail box, newest first')
    .option('--to <address>', 'only those to this address')
    .action(async (options: RemoteOptions & { to?: string }) => {
      const query = options.to === undefined ? '' : `?${new URLSearchParams({ to: options.to })}`;
      const mails = (await clientOf(options).call({ path: `/v1/mail${query}`, schema: mailsSchema })) ?? [];
      if (options.json) return printJson(terminal, mails);
      if (mails.length === 0) return printLine(terminal, 'No mail yet.');
      for (const mail of mails) {
        printLine(terminal, paint(terminal, 'bold', printable(`${mail.to.join(', ')}  ${mail.at}`)));
        printLine(terminal, paint(terminal, 'cyan', printable(mail.subject)));
        printLine(terminal, `${printable(mail.text)}\n`);
      }
    });
}
