// Wires what developers are told: why their requests were refused, and their test clients.
import type { AppParts } from './app.ts';
import { createRefusals, type Refusals } from './oidc/refusals.ts';
import { createMemoryRateLimit, createRateLimit } from './storage/rate-limits.ts';
import type { DeveloperTools } from './web/developers-types.ts';
import { addressKey } from './web/proxies.ts';

const minute = 60;
const hour = 3_600;

/** The keeper of refusals. */
export function refusalsOf({
  config,
  issuer,
  database,
  now,
  log,
}: Pick<AppParts, 'config' | 'database' | 'now' | 'log'> & { issuer: string }): Refusals {
  const { refusalsPerMinute, refusalHours: hours } = config.developers;
  const perAddress = createMemoryRateLimit({ points: refusalsPerMinute, seconds: minute });
  return createRefusals({ issuer, database, perAddress, hours, now, log });
}

/** What the developers' pages need. In the sandbox everybody may register a test client. */
export function developerToolsOf({ config, database, oidc, refusals }: AppParts): DeveloperTools {
  const { selfRegistration } = oidc;
  const { sandbox } = config.provider;
  const limit = createRateLimit(database, {
    name: 'test-client',
    points: config.developers.testClientsPerHour,
    seconds: hour,
  });
  return {
    registrationOpen: sandbox,
    endpoints: selfRegistration.endpoints,
    async register(request, address) {
      const retryAfterSeconds = await limit.take(addressKey(address));
      if (retryAfterSeconds !== undefined) return { kind: 'limited', retryAfterSeconds };
      return await selfRegistration.register(request, sandbox);
    },
    findRefusal: refusals.find,
    note: refusals.note,
  };
}
