// How a person who acts by himself answers a screen. Pure: phone.ts presses the key that comes out.

import type { Behaviour } from './fleet-export.ts';
import type { Key, ScreenContent } from './screen.ts';

export interface BehaviourMemory {
  /** Wrong PINs typed since this request came. */
  readonly wrongPinsTyped: number;
  /** The PIN of the card in the phone: a person knows his own. */
  readonly ownPin: string | null;
}

/** The key this person presses on this screen; undefined leaves it alone. */
export function keyFor(behaviour: Behaviour, screen: ScreenContent, memory: BehaviourMemory): Key | undefined {
  switch (behaviour.mode) {
    case 'manual':
    case 'ignore':
      return undefined;
    case 'refuse':
      return { kind: 'cancel' };
    case 'fraud':
      return { kind: 'fraud' };
    case 'approve':
    case 'bad-signature':
      return approvingKey(screen, behaviour.pin ?? memory.ownPin);
    case 'wrong-pin':
      return screen.kind === 'pin' && memory.wrongPinsTyped < behaviour.times
        ? { kind: 'pin', digits: wrongPin(memory.ownPin) }
        : approvingKey(screen, behaviour.pin ?? null);
    default:
      return behaviour satisfies never;
  }
}

/** The behaviour as the control API shows it: a PIN is written, never read back. */
export function shownBehaviour(behaviour: Behaviour): Record<string, unknown> {
  return Object.fromEntries(Object.entries(behaviour).filter(([name]) => name !== 'pin'));
}

/** Milliseconds before the first key. */
export function delayOf(behaviour: Behaviour): number {
  return ('delayMs' in behaviour ? behaviour.delayMs : undefined) ?? 0;
}

/** Four digits that are certainly not this PIN. */
export function wrongPin(pin: string | null): string {
  return pin === '0000' ? '1111' : '0000';
}

function approvingKey(screen: ScreenContent, pin: string | null): Key | undefined {
  switch (screen.kind) {
    case 'text':
    case 'confirm':
      return { kind: 'ok' };
    case 'code':
      return screen.codeToType === undefined ? undefined : { kind: 'code', digits: screen.codeToType };
    case 'pin':
    case 'new-pin':
      return pin === null ? undefined : { kind: 'pin', digits: pin };
    default:
      return screen.kind satisfies never;
  }
}
