// Ordinary texts cut into SMS.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromSeptets } from '../../../src/messaging/gsm7.ts';
import { encodeSmsText } from '../../../src/messaging/sms-text.ts';

const decode = (sms: ReturnType<typeof encodeSmsText>) => {
  const bodies = sms.parts.map((part) => (sms.esmClass === 0x40 ? part.subarray(6) : part));
  if (sms.encoding === 'gsm7') return fromSeptets([...Buffer.concat(bodies)]);
  return Buffer.from(Buffer.concat(bodies)).swap16().toString('utf16le');
};

describe('the text of an SMS', () => {
  test('in GSM-7 is one septet per octet under data coding 00', () => {
    expect(encodeSmsText('é@€', 1)).toEqual({
      encoding: 'gsm7',
      dataCoding: 0,
      esmClass: 0,
      parts: [Buffer.of(0x05, 0x00, 0x1b, 0x65)],
    });
  });

  test('with one ê is UCS-2', () => {
    const sms = encodeSmsText('ê', 1);
    expect(sms).toEqual({ encoding: 'ucs2', dataCoding: 8, esmClass: 0, parts: [Buffer.of(0x00, 0xea)] });
  });

  test.each([
    [160, 'a', [160]],
    [161, 'a', [159, 14]],
    [306, 'a', [159, 159]],
    [307, 'a', [159, 159, 7]],
    [70, 'ê', [140]],
    [71, 'ê', [140, 14]],
    [134, 'ê', [140, 140]],
  ])('of %i × %s takes parts of %j octets', (count, character, lengths) => {
    expect(encodeSmsText(character.repeat(count), 5).parts.map((part) => part.length)).toEqual(lengths);
  });

  test('in several parts says which and of how many, under one reference', () => {
    const { parts, esmClass } = encodeSmsText('a'.repeat(310), 0xfe);
    expect(esmClass).toBe(0x40);
    expect(parts.map((part) => part.subarray(0, 6).toString('hex'))).toEqual([
      '050003fe0301',
      '050003fe0302',
      '050003fe0303',
    ]);
  });

  test('never splits a euro sign or a surrogate pair', () => {
    const euro = encodeSmsText(`${'a'.repeat(152)}€${'a'.repeat(20)}`, 1);
    expect(euro.parts[0]).toHaveLength(6 + 152);
    const emoji = encodeSmsText(`${'ê'.repeat(66)}👍${'ê'.repeat(10)}`, 1);
    expect(emoji.parts[0]).toHaveLength(6 + 132);
    expect(decode(emoji)).toContain('👍');
  });

  test('comes back whole from its parts, whatever it is', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'é', 'ê', '€', '[', '👍', ' ', '\n'),
      minLength: 1,
      maxLength: 300,
    });
    fc.assert(
      fc.property(text, (value) => {
        const sms = encodeSmsText(value, 3);
        const fits = sms.parts.every((part) => part.length <= (sms.encoding === 'gsm7' ? 160 : 140));
        return fits && decode(sms) === value.normalize('NFC');
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['empty', ''],
    ['broken', 'a\udc00'],
    ['far too long', 'a'.repeat(153 * 6 + 1)],
  ])('is refused when it is %s', (_, text) => {
    expect(() => encodeSmsText(text, 1)).toThrow(RangeError);
  });
});
