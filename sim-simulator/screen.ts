// What a phone shows for an applet and the keys a person may press on it. Pure.

export type ScreenKind = 'text' | 'confirm' | 'pin' | 'new-pin' | 'code';

export interface ScreenContent {
  readonly kind: ScreenKind;
  readonly title: string;
  readonly text: string;
  /** The code to compare with the page; null where the person types it. */
  readonly referenceCode: string | null;
  /** The code that would be right here: for behaviours that act by themselves, never shown. */
  readonly codeToType?: string;
  /** True on a text that leads to the PIN: who types the PIN at once has read it. */
  readonly leadsToPin?: boolean;
}

export type Key =
  | { readonly kind: 'ok' }
  | { readonly kind: 'pin'; readonly digits: string }
  | { readonly kind: 'code'; readonly digits: string }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'back' }
  | { readonly kind: 'fraud' };

/** True when this screen takes this key. */
export function takesKey(screen: ScreenContent, key: Key): boolean {
  switch (key.kind) {
    case 'ok':
      return screen.kind === 'text' || screen.kind === 'confirm';
    case 'pin':
      return screen.kind === 'pin' || screen.kind === 'new-pin' || screen.leadsToPin === true;
    case 'code':
      return screen.kind === 'code';
    case 'cancel':
    case 'back':
    case 'fraud':
      return true;
    default:
      return key satisfies never;
  }
}
