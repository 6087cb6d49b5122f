// The variables of replacement SIMs: who sends them, and how the mobile network takes one that is activated.
import { z } from 'zod';
import { choice, variable } from './config-values.ts';

const minutes = (name: string, about: string, inDemo: number) =>
  variable(
    { name, about, fallback: (mode) => (mode === 'demo' ? String(inDemo) : '0') },
    {
      expected: 'a whole number from 0 to 525600 (minutes)',
      schema: z
        .string()
        .regex(/^[0-9]{1,6}$/)
        .transform(Number)
        .refine((value) => value <= 525_600),
    },
  );

const simOrders = {
  shipMinutes: minutes(
    'SIM_SHIP_MINUTES',
    'After so many minutes an ordered SIM or phone counts as shipped by itself. 0: staff or logistics say so.',
    3,
  ),
  deliveryMinutes: minutes(
    'SIM_DELIVERY_MINUTES',
    'After so many minutes more it counts as delivered. 0: staff or logistics say so.',
    3,
  ),
  network: choice(
    {
      name: 'SIM_NETWORK',
      about:
        'When an activated SIM works; at-once: as soon as it is activated here, later: when the network says so, by sim.confirm or sim.fail.',
      fallback: 'at-once',
    },
    ['at-once', 'later'],
  ),
};

export const simOrderSections = { simOrders };
