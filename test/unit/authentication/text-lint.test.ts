// What the linter says of texts is what the SIM's own builder does with them.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { composeMessage, fitOfMessage } from '../../../src/authentication/request-message.ts';
import { lintTexts } from '../../../src/authentication/text-lint.ts';

const clientName = 'Petite Boutique';
const lint = (bindingMessage: string, context?: string) => lintTexts({ clientName, bindingMessage, context });

describe('the linter of texts for the SIM', () => {
  test('shows the screen line by line, the name first and the binding before the context', () => {
    expect(lint('Code AB-12', 'Pay 12 € to Jean').screen).toEqual([clientName, 'Code AB-12', 'Pay 12 € to Jean']);
  });

  test('counts septets, two for a character of the extension', () => {
    expect(lint('12 €').message).toEqual({
      encoding: 'gsm-7',
      characters: 4,
      septets: 5,
      octets: 5,
      refused: [],
      widening: [],
    });
  });

  test('names the character that makes a text UCS-2, and its cost', () => {
    expect(lint('l’été, ça va').message).toEqual({
      encoding: 'ucs-2',
      characters: 12,
      septets: undefined,
      octets: 24,
      refused: [],
      widening: [
        { character: '’', codePoint: 'U+2019' },
        { character: 'ç', codePoint: 'U+00E7' },
      ],
    });
  });

  test('names each character that is refused, without letting it turn the page', () => {
    const result = lint('pay\u202E now 💶');
    expect(result).toMatchObject({ fit: 'unsupported-character', octets: undefined, sms: undefined });
    expect(result.message).toMatchObject({
      encoding: 'none',
      octets: undefined,
      refused: [
        { character: ' ', codePoint: 'U+202E' },
        { character: '💶', codePoint: 'U+1F4B6' },
      ],
    });
  });

  test('says in how many messages it goes, or by how much it is too long', () => {
    expect(lint('OK')).toMatchObject({ fit: 'fits', sms: 1 });
    expect(lint('a'.repeat(100))).toMatchObject({ fit: 'fits', sms: 2 });
    const long = lint('a'.repeat(300));
    expect(long).toMatchObject({ fit: 'too-long', sms: undefined });
    expect(long.octets).toBeGreaterThan(long.room);
  });

  test('asks for a text where there is none', () => {
    expect(lint('')).toMatchObject({ fit: 'empty', octets: undefined });
    expect(lintTexts({ clientName: '', bindingMessage: 'x' })).toMatchObject({ fit: 'empty' });
  });

  test('agrees with what a request is judged by, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 260 }), fc.string({ maxLength: 120 }), (binding, context) => {
        const message = composeMessage({ bindingMessage: binding, context });
        fc.pre(message !== undefined);
        expect(lint(binding, context).fit).toBe(fitOfMessage(clientName, message!));
      }),
    );
  });
});
