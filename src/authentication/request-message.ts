// What a relying party wants to be read on the phone: composed of its two texts, and checked to fit the SIM whole.
// Pure. Nothing is cut, replaced or guessed: a text that a phone would not show as it is meant is refused.
import { buildRequest } from '../messaging/applet-message.ts';

/** The texts of a Mobile Connect request; either may be missing or empty. */
export interface RequestTexts {
  /** The same on both screens, so that the user can compare. */
  readonly bindingMessage?: string | undefined;
  /** What is to be approved. */
  readonly context?: string | undefined;
}

/** The message as the phone shows it, the binding first; undefined if there is nothing to show. */
export function composeMessage({ bindingMessage, context }: RequestTexts): string | undefined {
  const parts = [bindingMessage, context].map((text) => text?.normalize('NFC') ?? '').filter((text) => text !== '');
  return parts.length === 0 ? undefined : parts.join('\n');
}

export type MessageFit = 'fits' | 'too-long' | 'unsupported-character';

// The largest request there is: a typed code, the PIN, and the authority that restores the tries of the card.
export const largest = {
  op: 'authenticate',
  flags: ['type-code', 'pin', 'restore-tries'],
  ttlSeconds: 120,
  challenge: Buffer.alloc(16),
  language: 'fr',
  authority: { iccidOctets: Buffer.alloc(10), tar: Buffer.alloc(3), keyVersion: 1, number: 1, kadm: Buffer.alloc(16) },
} as const;

/** Whether a message fits two SMS beside the name of the service, in the encoding that it needs (decisions 52). */
export function fitOfMessage(serviceName: string, message: string): MessageFit {
  const built = buildRequest({ ...largest, serviceName, message });
  return built.kind === 'built' ? 'fits' : built.kind;
}
