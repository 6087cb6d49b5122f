// `text lint`: how a SIM shows the texts of a relying party. Needs no server and no database.
import { Command } from 'commander';
import type { LintedText, LintResult, NamedCharacter } from './authentication/text-lint.ts';
import { type JsonOption, leaf, type StaffDeps } from './cli-staff-output.ts';

interface LintOptions extends JsonOption {
  readonly clientName: string;
  readonly context?: string;
}

/** Adds the command to the program; it fails (exit code 1) for texts that would be refused. */
export function addTextCommands(program: Command, deps: Pick<StaffDeps, 'print' | 'fail'>): void {
  const text = new Command('text').description('texts of relying parties on the phone');
  text.addCommand(
    leaf('lint', 'whether a SIM can show a text, in which encoding and in how many messages')
      .argument('<message>', 'the binding_message; "" for none')
      .requiredOption('--client-name <name>', 'the name of the client, which is shown above it')
      .option('--context <text>', 'the context of a Mobile Connect request')
      .action(async (bindingMessage: string, { json, clientName, context }: LintOptions) => {
        const { lintTexts } = await import('./authentication/text-lint.ts');
        const result = lintTexts({ clientName, bindingMessage, context });
        deps.print(json === true ? JSON.stringify(result) : lintWords(result));
        if (result.fit !== 'fits') deps.fail();
      }),
  );
  program.addCommand(text);
}

const verdicts: Readonly<Record<LintResult['fit'], string>> = {
  fits: 'it fits',
  'too-long': 'it is too long',
  'unsupported-character': 'it has characters that a phone would not show',
  empty: 'there is nothing to show',
};

function lintWords(result: LintResult): string {
  const { fit, octets, room, sms, screen } = result;
  const size = octets === undefined ? [] : [`size         ${octets} octets of ${room}${sms ? `, ${sms} SMS` : ''}`];
  return [
    verdicts[fit],
    ...size,
    ...textWords('client name', result.clientName),
    ...textWords('message', result.message),
    ...(fit === 'fits' ? ['', ...screen.map((line) => `  | ${line}`)] : []),
  ].join('\n');
}

function textWords(name: string, text: LintedText): string[] {
  const { encoding, characters, septets, octets, refused, widening } = text;
  const counts = [
    `${characters} characters`,
    ...(encoding === 'gsm-7' && septets !== undefined ? [`${septets} septets`] : []),
    ...(octets === undefined ? [] : [`${octets} octets`]),
  ];
  return [
    `${name.padEnd(13)}${encoding === 'none' ? 'cannot be shown' : encoding.toUpperCase()}, ${counts.join(', ')}`,
    ...listed('refused', refused),
    ...listed('not GSM-7', widening),
  ];
}

function listed(what: string, characters: readonly NamedCharacter[]): string[] {
  if (characters.length === 0) return [];
  return [`  ${what}: ${characters.map(({ character, codePoint }) => `${character} (${codePoint})`).join(', ')}`];
}
