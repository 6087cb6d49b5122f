// A phone as the control API shows it: no PIN, no key, and of the screen only what a person would see.

import { shownBehaviour } from './behaviour.ts';
import type { Card } from './card.ts';
import type { Behaviour } from './fleet-export.ts';
import type { ScreenKind } from './screen.ts';

export interface ShownScreen {
  readonly seq: number;
  readonly kind: ScreenKind;
  readonly title: string;
  readonly text: string;
  readonly referenceCode: string | null;
}

/** A phone as the control API shows it. */
export interface PhoneView {
  readonly msisdn: string;
  readonly label: string;
  readonly device: string;
  readonly model: string;
  readonly imei: string;
  readonly iccid: string;
  readonly power: boolean;
  /** When it was last switched on, ISO 8601; null before the first time since the start. */
  readonly poweredOnAt: string | null;
  readonly coverage: boolean;
  readonly unlocked: boolean;
  readonly enrolled: boolean;
  readonly triesLeft: number | null;
  readonly blocked: boolean;
  readonly screen: ShownScreen | null;
  readonly behaviour: Record<string, unknown>;
}

/** What belongs to the phone itself. */
export interface PhoneFacts {
  readonly msisdn: string;
  label: string;
  device: string;
  model: string;
  imei: string;
  power: boolean;
  poweredOnAt: string | null;
  coverage: boolean;
  unlocked: boolean;
}

/** What everybody may see of a phone. */
export function viewOf(
  facts: PhoneFacts,
  card: Card,
  now: { screen: ShownScreen | null; behaviour: Behaviour },
): PhoneView {
  const enrolled = card.state.pin !== null;
  return {
    ...facts,
    iccid: card.sim.iccid,
    enrolled,
    triesLeft: enrolled ? card.state.tries : null,
    blocked: enrolled && card.state.tries === 0,
    screen: now.screen,
    behaviour: shownBehaviour(now.behaviour),
  };
}
