// A card outside any phone: the test is the handset and the provider, the disk is a list of what was saved.

import { type AppletRequest, encodeRequest } from '../../../sim-simulator/applet-message.ts';
import { Card } from '../../../sim-simulator/card.ts';
import { type CardState, newCardState } from '../../../sim-simulator/card-state.ts';
import type { SimExport } from '../../../sim-simulator/fleet-export.ts';
import type { Key, ScreenContent } from '../../../sim-simulator/screen.ts';
import { parseUserData } from '../../../sim-simulator/user-data.ts';
import { createManualTimers } from './manual-timers.ts';
import { aSim, octetsOf, openAnswer, type Sealing, SHORT_CODE, sealed, TAR } from './provider-end.ts';

export function aCard(sim: SimExport = aSim(), state: CardState = newCardState(sim)) {
  const timers = createManualTimers();
  const sent: { userData: Buffer; destination: string }[] = [];
  const reports: { type: string; details: Record<string, unknown> }[] = [];
  /** States in the order in which they reached the disk, and answers in between. */
  const history: (CardState | 'answer')[] = [];
  const screens: (ScreenContent | null)[] = [];
  let counter = state.packetCounter;
  let draws = 0;
  const card = new Card({
    sim,
    tar: TAR,
    state,
    save: async () => {
      history.push(structuredClone(state));
    },
    timers,
    randomBytes: (size) => octetsOf(`draw ${draws++}`, size),
    report: (type, details) => reports.push({ type, details }),
  });
  card.insert({
    display: (screen) => screens.push(screen),
    send: (userData, destination) => {
      history.push('answer');
      sent.push({ userData, destination });
    },
    spoilsSignatures: () => false,
  });

  async function receive(userData: Buffer): Promise<void> {
    const parsed = parseUserData(userData);
    if (parsed !== undefined) {
      await card.envelope(parsed, SHORT_CODE);
    }
  }

  return {
    sim,
    state,
    card,
    timers,
    sent,
    reports,
    history,
    screens,
    receive,
    /** Sends a request (or its DATA) under the next packet counter, or as `sealing` says. */
    async ask(request: AppletRequest | Buffer, sealing: Partial<Sealing> = {}): Promise<Buffer> {
      counter = sealing.counter ?? counter + 1;
      const data = Buffer.isBuffer(request) ? request : encodeRequest(request);
      await receive(sealed(sim, data, { ...sealing, counter }));
      return data;
    },
    screen: () => screens.at(-1) ?? null,
    press: (...keys: Key[]) =>
      keys.reduce<Promise<string>>((before, key) => before.then(() => card.press(key)), Promise.resolve('')),
    pin: (digits: string) => card.press({ kind: 'pin', digits }),
    /** The answer that was sent last, opened. */
    answer() {
      const last = sent.at(-1);
      if (last === undefined) {
        throw new Error('nothing was sent');
      }
      return openAnswer(sim, last.userData);
    },
  };
}

export const OK: Key = { kind: 'ok' };
export const CANCEL: Key = { kind: 'cancel' };
export const BACK: Key = { kind: 'back' };
export const FRAUD: Key = { kind: 'fraud' };
