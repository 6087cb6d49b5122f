// Phone numbers as people type them, for the French fleet of the simulator.

import { CliError, exitCodes } from './cli-terminal.ts';

const separators = /[\s.\-/()\u00a0\u202f]/g;

/**
 * Reads a number in a usual spelling (`06 39 98 00 01`, `+33 6…`, `0033…`, `33…`) and gives it in E.164.
 * Throws a usage CliError that does not repeat what was typed.
 */
export function parseNumber(words: string | string[]): string {
  const typed = Array.isArray(words) ? words.join('') : words;
  const digits = typed.replace(separators, '').replace(/^00/, '+');
  if (/^0[1-9]\d{8}$/.test(digits)) return `+33${digits.slice(1)}`;
  if (/^\+[1-9]\d{5,14}$/.test(digits)) return digits.replace(/^\+330/, '+33');
  if (/^33[1-9]\d{8}$/.test(digits)) return `+${digits}`;
  throw new CliError(
    exitCodes.usage,
    'bad_number',
    'That is not a phone number. Write it like 06 39 98 00 01 or +33639980001.',
  );
}

/** Writes a French number as people do (06 39 98 00 01); others stay in E.164. */
export function formatNumber(msisdn: string): string {
  if (!/^\+33\d{9}$/.test(msisdn)) return msisdn;
  return `0${msisdn.slice(3)}`.replace(/(\d{2})(?=\d)/g, '$1 ');
}
