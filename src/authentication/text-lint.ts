// How a SIM would show the texts of a relying party, and why it would not: encoding, octets, messages, characters.
// The same code that builds the request to the applet decides, so that this never says more than is true. Pure.
import { buildRequest } from '../messaging/applet-message.ts';
import { encodeAppletText } from '../messaging/applet-text.ts';
import { fitsGsm7, toSeptets } from '../messaging/gsm7.ts';
import { commandCapacity } from '../messaging/ota-packet.ts';
import { composeMessage, largest, type RequestTexts } from './request-message.ts';

export interface TextsToLint extends RequestTexts {
  readonly clientName: string;
}

/** A character that decides something: by itself, and by its number as Unicode writes it (`U+2019`). */
export interface NamedCharacter {
  readonly character: string;
  readonly codePoint: string;
}

export interface LintedText {
  /** `none`: it holds a character that no SIM shows as it is meant. */
  readonly encoding: 'gsm-7' | 'ucs-2' | 'none';
  readonly characters: number;
  /** Septets of GSM-7, where one of the extension counts two; undefined in another encoding. */
  readonly septets: number | undefined;
  readonly octets: number | undefined;
  /** Refused wherever they stand. */
  readonly refused: readonly NamedCharacter[];
  /** Allowed, but each makes the whole text UCS-2, which has half the room. */
  readonly widening: readonly NamedCharacter[];
}

export interface LintResult {
  readonly fit: 'fits' | 'too-long' | 'unsupported-character' | 'empty';
  readonly clientName: LintedText;
  readonly message: LintedText;
  /** What stands on the screen, line by line, before the reference code. */
  readonly screen: readonly string[];
  /** Octets of the largest request with these texts, and the room of two SMS; undefined where none can be built. */
  readonly octets: number | undefined;
  readonly room: number;
  readonly sms: 1 | 2 | undefined;
}

/** Judges the texts as the request for the largest case does: a typed code, the PIN, tries to restore. */
export function lintTexts(texts: TextsToLint): LintResult {
  const message = composeMessage(texts);
  const facts = {
    clientName: lintText(texts.clientName),
    message: lintText(message ?? ''),
    room: commandCapacity.twoSms,
  };
  const screen = [texts.clientName, ...(message ?? '').split('\n')].filter((line) => line !== '');
  if (message === undefined || texts.clientName === '') {
    return { ...facts, fit: 'empty', screen, octets: undefined, sms: undefined };
  }
  const built = buildRequest({ ...largest, serviceName: texts.clientName, message });
  if (built.kind === 'unsupported-character') {
    return { ...facts, fit: built.kind, screen, octets: undefined, sms: undefined };
  }
  if (built.kind === 'too-long') return { ...facts, fit: built.kind, screen, octets: built.octets, sms: undefined };
  const octets = built.data.length;
  return { ...facts, fit: 'fits', screen, octets, sms: octets <= commandCapacity.oneSms ? 1 : 2 };
}

function lintText(text: string): LintedText {
  const normal = text.normalize('NFC');
  const all = [...new Set(normal)];
  const encoded = normal === '' ? undefined : encodeAppletText(normal);
  const septets = toSeptets(normal)?.length;
  const scheme = septets === undefined ? 'ucs-2' : 'gsm-7';
  const refused = all.filter((character) => encodeAppletText(character).kind === 'unsupported');
  return {
    encoding: encoded?.kind === 'unsupported' ? 'none' : scheme,
    characters: [...normal].length,
    septets,
    octets: encoded?.value === undefined ? undefined : encoded.value.length - 1,
    refused: refused.map(named),
    widening: all.filter((character) => !refused.includes(character) && !fitsGsm7(character)).map(named),
  };
}

function named(character: string): NamedCharacter {
  const number = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  // Some of them would turn or hide the page's own text.
  const shown = /[\p{C}\p{Z}]/u.test(character) ? ' ' : character;
  return { character: shown, codePoint: `U+${number}` };
}
