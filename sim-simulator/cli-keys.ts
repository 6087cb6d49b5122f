// Reads what a person asks a phone to do into the bodies of the control API. Never repeats a PIN in an error.

import { CliError, exitCodes } from './cli-terminal.ts';

/** How a phone can answer. */
export const modes = ['manual', 'approve', 'refuse', 'fraud', 'ignore', 'wrong-pin', 'bad-signature'];
const modesWithPin = ['approve', 'wrong-pin', 'bad-signature'];
const maxTimeoutSeconds = 600;

export type KeyOptions = { ok?: true; pin?: string; code?: string; cancel?: true; back?: true; fraud?: true };
export type BehaviourOptions = { pin?: string; delayMs?: string; times?: string };

/** Gives the body of a key press; exactly one key must be asked for. Throws a usage CliError. */
export function keyOf({ ok, pin, code, cancel, back, fraud }: KeyOptions): object {
  const keys = Object.entries({ ok, pin, code, cancel, back, fraud }).filter(([, value]) => value !== undefined);
  const [key] = keys;
  if (!key || keys.length > 1) {
    throw usage('one_key', 'Give exactly one of --ok, --pin, --code, --cancel, --back and --fraud.');
  }
  if (typeof key[1] === 'string') checkFourDigits(key[1], key[0] === 'pin' ? 'PIN' : 'reference code');
  return Object.fromEntries(keys);
}

/** Gives the body of a behaviour. Throws a usage CliError. */
export function behaviourOf(mode: string, options: BehaviourOptions): object {
  if (!modes.includes(mode)) throw usage('bad_mode', `Choose a mode after the number: ${modes.join(', ')}.`);
  if (options.pin !== undefined) {
    if (!modesWithPin.includes(mode)) throw usage('no_pin_here', `Only ${modesWithPin.join(', ')} take --pin.`);
    checkFourDigits(options.pin, 'PIN');
  }
  if (options.times !== undefined && mode !== 'wrong-pin') {
    throw usage('no_times_here', 'Only the mode wrong-pin takes --times.');
  }
  return {
    mode,
    ...(options.pin === undefined ? {} : { pin: options.pin }),
    ...(options.delayMs === undefined ? {} : { delayMs: wholeNumber(options.delayMs, '--delay-ms') }),
    ...(options.times === undefined ? {} : { times: wholeNumber(options.times, '--times') }),
  };
}

/** Reads `on` or `off`. Throws a usage CliError. */
export function switchOf(word: string | undefined): boolean {
  if (word === 'on') return true;
  if (word === 'off') return false;
  throw usage('on_or_off', 'Say "on" or "off" after the number.');
}

/** Reads seconds to wait, fractions allowed. Throws a usage CliError. */
export function secondsOf(written: string): number {
  const seconds = Number(written);
  if (/^\d+(\.\d+)?$/.test(written) && seconds <= maxTimeoutSeconds) return seconds;
  throw usage('bad_timeout', `The value of --timeout is a number of seconds from 0 to ${maxTimeoutSeconds}.`);
}

/** Reads the seq of a screen, an SMS or an event; undefined stays undefined. Throws a usage CliError. */
export function seqOf(written: string | undefined): string | undefined {
  if (written === undefined || /^\d{1,15}$/.test(written)) return written;
  throw usage('bad_seq', 'The value of --after is a seq, a whole number.');
}

function wholeNumber(written: string, option: string): number {
  if (/^\d{1,7}$/.test(written)) return Number(written);
  throw usage('bad_value', `The value of ${option} is a whole number.`);
}

function checkFourDigits(digits: string, name: string): void {
  if (!/^\d{4}$/.test(digits)) throw usage('four_digits', `A ${name} has four digits.`);
}

function usage(code: string, message: string): CliError {
  return new CliError(exitCodes.usage, code, message);
}
