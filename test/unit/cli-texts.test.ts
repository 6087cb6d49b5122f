// `text lint` on the command line: what it prints, and that a script can go by its exit code.
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addTextCommands } from '../../src/cli-texts.ts';

async function lint(...words: string[]) {
  const printed: string[] = [];
  let failed = false;
  const program = new Command().exitOverride().configureOutput({ writeErr() {} });
  addTextCommands(program, {
    print: (text) => printed.push(text),
    fail: () => {
      failed = true;
    },
  });
  await program.parseAsync(['text', 'lint', ...words], { from: 'user' });
  return { text: printed.join('\n'), failed };
}

test('a text that fits is shown as on the phone, with encoding and size', async () => {
  const { text, failed } = await lint('Code AB-12', '--client-name', 'Boutique', '--context', 'Payer 12 €');
  expect(failed).toBe(false);
  expect(text.split('\n')).toEqual([
    'it fits',
    expect.stringMatching(/^size {9}\d+ octets of 242, [12] SMS$/),
    'client name  GSM-7, 8 characters, 8 septets, 7 octets',
    'message      GSM-7, 21 characters, 22 septets, 20 octets',
    '',
    '  | Boutique',
    '  | Code AB-12',
    '  | Payer 12 €',
  ]);
});

test('a text that would be refused fails and says why', async () => {
  const refused = await lint('hi 💶', '--client-name', 'Boutique');
  expect(refused).toMatchObject({ failed: true, text: expect.stringContaining('refused: 💶 (U+1F4B6)') });
  expect(await lint('x'.repeat(400), '--client-name', 'Boutique')).toMatchObject({
    failed: true,
    text: expect.stringMatching(/^it is too long\nsize {9}\d+ octets of 242\n/),
  });
  expect((await lint('', '--client-name', 'Boutique')).failed).toBe(true);
});

test('the same for scripts', async () => {
  const { text } = await lint('l’été', '--client-name', 'Boutique', '--json');
  expect(JSON.parse(text)).toMatchObject({ fit: 'fits', message: { encoding: 'ucs-2', octets: 10 } });
});
