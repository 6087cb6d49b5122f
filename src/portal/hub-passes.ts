// Sessions of the services behind the hub. A service is given a pass and knows no more of a person than stands in it.

import type { Context } from 'koa';
import { createExpiringStore } from './expiring-store.ts';
import { randomId } from './session.ts';

/** All that a service is told. */
export interface ServicePass {
  /** The person at this service; another at every other one. */
  readonly pseudonym: string;
  readonly acr: string;
  readonly csrf: string;
}

export interface ServicePasses {
  find(ctx: Context): ServicePass | undefined;
  begin(ctx: Context, pass: Omit<ServicePass, 'csrf'>): void;
  end(ctx: Context): void;
}

const idleSeconds = 30 * 60;
const maxSessions = 10_000;

/** The sessions of one service, in a cookie of its own. */
export function createServicePasses(
  service: string,
  { secure, now }: { secure: boolean; now: () => Date },
): ServicePasses {
  const passes = createExpiringStore<ServicePass>({
    now,
    maxEntries: maxSessions,
    idleSeconds,
    maxAgeSeconds: 4 * idleSeconds,
  });
  const cookie = `${secure ? '__Host-' : ''}exemple_service_${service}`;
  const write = (ctx: Context, value: string | null): void => {
    ctx.cookies.secure = secure;
    ctx.cookies.set(cookie, value, { httpOnly: true, sameSite: 'lax', path: '/', secure, overwrite: true });
  };
  return {
    find(ctx) {
      const id = ctx.cookies.get(cookie);
      return id === undefined ? undefined : passes.find(id);
    },
    begin(ctx, pass) {
      const id = randomId();
      passes.set(id, { ...pass, csrf: randomId() });
      write(ctx, id);
    },
    end(ctx) {
      const id = ctx.cookies.get(cookie);
      if (id === undefined) return;
      passes.delete(id);
      write(ctx, null);
    },
  };
}
