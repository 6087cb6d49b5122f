// The phones of the demo: made-up models, numbers (IMEI) of a type that the GSMA keeps for tests.
import { maskImei } from '../enrolment/handset.ts';
import type { Tx } from '../storage/database.ts';
import { putHandset } from '../storage/line-handsets.ts';

export interface DemoHandset {
  readonly model: string;
  readonly imei: string;
}

const models = ['Exemple Nova 5', 'Exemple Mini', 'Exemple Nova 4 Pro'] as const;

/** Phone number n of the demo; box lines have a box. */
export function demoHandset(n: number, kind = 'mobile'): DemoHandset {
  const model = kind === '4g-box' ? 'Exemple 4G Box' : (models[n % models.length] ?? models[0]);
  return { model, imei: withCheckDigit(`00101800${String(n).padStart(6, '0')}`) };
}

/** Adds the Luhn digit of 3GPP TS 23.003. */
function withCheckDigit(digits: string): string {
  const parts = [...digits].map((digit, place) => (place % 2 === 1 ? Number(digit) * 2 : Number(digit)));
  const sum = parts.reduce((total, part) => total + (part > 9 ? part - 9 : part), 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}

/** As if the network had seen each SIM in its phone. */
export async function seedHandsets(
  tx: Tx,
  lines: readonly { readonly id: string; readonly handset: DemoHandset | undefined }[],
): Promise<void> {
  for (const { id, handset } of lines) {
    if (handset === undefined) continue;
    await putHandset(tx, { lineId: id, model: handset.model, imeiMasked: maskImei(handset.imei) });
  }
}
