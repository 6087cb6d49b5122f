// What the sandbox's network sees of a phone, asked of the simulator.
import { z } from 'zod';
import type { SeenPhone } from '../customer/sandbox-network.ts';

const phone = z.object({
  power: z.boolean(),
  coverage: z.boolean(),
  poweredOnAt: z.coerce.date().nullable(),
});

const timeoutMs = 5_000;

/** The phone of a number; undefined where the simulator has none. Rejects when it cannot be asked. */
export async function findSimulatedPhone(simUrl: string, msisdn: string): Promise<SeenPhone | undefined> {
  const response = await fetch(`${simUrl}/v1/sims/${encodeURIComponent(msisdn)}`, {
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`the simulator answered ${response.status}`);
  const { power, coverage, poweredOnAt } = phone.parse(await response.json());
  return { power, coverage, poweredOnAt: poweredOnAt ?? undefined };
}
