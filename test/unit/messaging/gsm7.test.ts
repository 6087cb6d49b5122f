// The GSM alphabet and its packing against the vectors and against itself.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeAppletText, ucs2Octets } from '../../../src/messaging/applet-text.ts';
import { fitsGsm7, fromSeptets, packSeptets, toSeptets, unpackSeptets } from '../../../src/messaging/gsm7.ts';
import { applet } from './vectors.ts';

const everyCharacter = fromSeptets(
  Array.from({ length: 128 }, (_, septet) => septet).filter((septet) => septet !== 0x1b),
);
const extensionCharacters = '\f^{}\\[~]|€';

describe('GSM-7', () => {
  test.each(applet.gsm7)('packs “$text” as in the vector', ({ text, septets, packed }) => {
    expect(toSeptets(text)).toHaveLength(septets);
    expect(packSeptets(toSeptets(text)!).toString('hex')).toBe(packed.toString('hex'));
    expect(fromSeptets(unpackSeptets(packed))).toBe(text);
  });

  test.each(applet.ucs2)('has no place for “$text”, which is UCS-2', ({ text, encoded }) => {
    expect(fitsGsm7(text)).toBe(false);
    expect(toSeptets(text)).toBeUndefined();
    expect(ucs2Octets(text).toString('hex')).toBe(encoded.toString('hex'));
  });

  test('holds the French letters that it is known for, and not the others', () => {
    expect(fitsGsm7('àéèùÉÇ € @ ôk'.replace('ô', 'o'))).toBe(true);
    for (const letter of 'êçâôîûëïœÀÊ’') expect(fitsGsm7(letter), letter).toBe(false);
  });

  test('has 127 characters and ten in the extension, all different', () => {
    expect(new Set(everyCharacter + extensionCharacters).size).toBe(137);
    expect(fromSeptets(toSeptets(everyCharacter)!)).toBe(everyCharacter);
    expect(fromSeptets(toSeptets(extensionCharacters)!)).toBe(extensionCharacters);
  });

  test('fills seven spare bits with CR and not with @', () => {
    expect(unpackSeptets(packSeptets(toSeptets('Bonjour')!))).toHaveLength(7);
    expect(fromSeptets(unpackSeptets(packSeptets(toSeptets('Bonjou@')!)))).toBe('Bonjou@');
  });

  test('doubles a CR that would be taken for filling', () => {
    expect(fromSeptets(unpackSeptets(packSeptets(toSeptets('Bonjour\r')!)))).toBe('Bonjour\r\r');
  });

  test('shows the plain character for an unknown extension, a space for a double escape', () => {
    expect(fromSeptets([0x1b, 0x41, 0x1b, 0x1b, 0x42, 0x1b])).toBe('A B');
  });

  test('gives back every text without CR', () => {
    const characters = Array.from((everyCharacter + extensionCharacters).replace('\r', ''));
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...characters), { maxLength: 170 }), (picked) => {
        const text = picked.join('');
        return fromSeptets(unpackSeptets(packSeptets(toSeptets(text)!))) === text;
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a text for the applet', () => {
  test('is GSM-7 when all of it fits, else UCS-2', () => {
    expect(encodeAppletText('Bonjour').value?.toString('hex')).toBe('00c2b75bfdaecb1b');
    expect(encodeAppletText('Reçu').value?.toString('hex')).toBe('080052006500e70075');
  });

  test('is normalised, so that a decomposed é is still one GSM-7 letter', () => {
    expect(encodeAppletText('e\u0301')).toEqual(encodeAppletText('é'));
  });

  test.each([
    ['nothing', ''],
    ['an emoji', 'Bonjour 👍'],
    ['a lone surrogate', 'a\ud800'],
    ['a carriage return', 'a\rb'],
    ['an escape', 'a\u001bb'],
    ['a turned direction', 'a\u202eb'],
    ['an invisible character', 'a\u200bb'],
    ['a line separator', 'a\u2028b'],
  ])('is refused with %s', (_, text) => {
    expect(encodeAppletText(text).kind).toBe('unsupported');
  });

  test('may have a line feed', () => {
    expect(encodeAppletText('a\nb').kind).toBe('encoded');
  });
});
