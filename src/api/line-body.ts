// A line and the activation of its new SIM, as the APIs show them.
import { z } from 'zod';
import type { LineSummary } from '../enrolment/line-desk-types.ts';
import { moment } from './schemas.ts';

export const lineSchema = z.strictObject({
  id: z.string(),
  href: z.string(),
  '@type': z.literal('Line'),
  /** In full for holder and user, masked for others. */
  number: z.string(),
  kind: z.string(),
  status: z.enum(['active', 'suspended']),
  relation: z.enum(['holder', 'proxy', 'user']),
  suspension: z.strictObject({ since: moment, reason: z.string().nullable() }).optional(),
  sim: z
    .strictObject({ id: z.string(), status: z.string(), appletCapable: z.boolean(), activatedAt: moment.nullable() })
    .optional(),
  /** The phone that the network saw the SIM in last; of its number only the type and two digits. */
  handset: z.strictObject({ model: z.string(), imeiMasked: z.string(), since: moment }).optional(),
  newSim: z.strictObject({ status: z.enum(['reserved', 'shipped', 'delivered', 'activating']) }).optional(),
  /** What the caller may do with it now. */
  may: z.strictObject({
    suspend: z.boolean(),
    reactivate: z.boolean(),
    orderSim: z.boolean(),
    activateSim: z.boolean(),
    unblockSim: z.boolean(),
  }),
  mobileConnect: z.strictObject({ state: z.string(), availableAt: moment.optional() }),
});

export const activationSchema = z.strictObject({ id: z.string(), state: z.enum(['activating', 'active', 'failed']) });

/** The body; `list` is the address of the list of lines. */
export function lineBody(line: LineSummary, list: string): z.input<typeof lineSchema> {
  const { id, number, kind, status, suspendedAt, suspendedReason, relation, sim, service, newSim, handset, may } = line;
  return {
    id,
    href: `${list}/${id}`,
    '@type': 'Line' as const,
    number,
    kind,
    status,
    relation,
    ...(suspendedAt === null ? {} : { suspension: { since: suspendedAt, reason: suspendedReason } }),
    ...(sim && {
      sim: { id: sim.id, status: sim.state, appletCapable: sim.appletCapable, activatedAt: sim.activatedAt },
    }),
    ...(handset && { handset }),
    ...(newSim && { newSim: { status: newSim } }),
    may: {
      suspend: may.suspend,
      reactivate: may.reactivate,
      orderSim: may.orderSim,
      activateSim: may.activateSim,
      unblockSim: may.readPuk,
    },
    mobileConnect: { state: service.state, ...(service.until && { availableAt: service.until }) },
  };
}
