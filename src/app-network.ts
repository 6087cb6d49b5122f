// The mobile network as the provider knows it: how it takes new SIMs. In the sandbox it can be told to fail (b9).
import { z } from 'zod';
import type { MobileNetwork } from './enrolment/line-types.ts';
import type { AdminRoute } from './ops/admin-listener.ts';
import type { Config } from './ops/config.ts';

export interface ToldNetwork extends MobileNetwork {
  /** Undefined: as configured. */
  tell(takes: ReturnType<MobileNetwork['takesSims']> | undefined): void;
}

/** Makes it as configured. */
export function networkOf({ simOrders }: Pick<Config, 'simOrders'>): ToldNetwork {
  let told: ReturnType<MobileNetwork['takesSims']> | undefined;
  return {
    takesSims: () => told ?? simOrders.network,
    tell(takes) {
      told = takes;
    },
  };
}

/** The sandbox's own routes: how the network takes SIMs from now on, until the next reset. */
export function networkRoutes(network: ToldNetwork): AdminRoute[] {
  const order = z.strictObject({ simActivations: z.enum(['at-once', 'later', 'fails']) });
  const path = '/sandbox/network';
  const shown = () => ({ simActivations: network.takesSims() });
  return [
    { method: 'GET', path, handler: async () => shown() },
    {
      ...{ method: 'POST', path },
      async handler({ body }) {
        network.tell(order.parse(body).simActivations);
        return shown();
      },
    },
  ];
}
