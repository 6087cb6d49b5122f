// What the API router needs beside the parts under test.
import { randomBytes } from 'node:crypto';
import type { ApiDeps } from '../../../src/api/router.ts';
import { AppError } from '../../../src/errors.ts';
import { createLog } from '../../../src/ops/log.ts';

/** Dependencies of which nothing is asked: no token is good, no action is proved, every request is the first. */
export function apiDeps(own: Pick<ApiDeps, 'issuer' | 'database'> & Partial<ApiDeps>): ApiDeps {
  return {
    brand: 'exemple',
    now: () => new Date(),
    randomBytes,
    strong: {
      check: async () => ({ kind: 'needs-fresh' }),
      sendCode: async () => ({ kind: 'needs-fresh' }),
    },
    answered: { once: async (_claim, act) => await act() },
    takeOpen: async () => undefined,
    verifyAccessToken: async () => {
      throw new AppError('invalid_token');
    },
    log: createLog('silent', { write: () => undefined }),
    ...own,
  };
}
