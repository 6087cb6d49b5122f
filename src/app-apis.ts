// Wires the resource APIs of an issuer: use cases in, one middleware out.
import { createApiRouter } from './api/router.ts';
import type { AppParts } from './app.ts';
import { contractDeskOf } from './app-contracts.ts';
import { notificationCentreOf } from './app-notifications.ts';
import { strongCheckOf } from './app-strong-check.ts';
import { createIdempotentAnswers } from './customer/idempotent-answers.ts';
import type { LineDesk } from './enrolment/line-desk-types.ts';
import { createConsentDesk } from './oidc/consents.ts';
import { createRateLimit } from './storage/rate-limits.ts';

type Use = Pick<Parameters<typeof createApiRouter>[0], 'mobileConnect'> & { readonly lines: LineDesk };

/** The APIs below `/api`. */
export function apisOf(parts: AppParts, use: Use): ReturnType<typeof createApiRouter> {
  const { config, database, oidc, audit } = parts;
  const { startsPerAddress, windowMinutes } = config.limits;
  const open = createRateLimit(database, { name: 'form', points: startsPerAddress * 5, seconds: windowMinutes * 60 });
  return createApiRouter({
    ...parts,
    ...use,
    contracts: contractDeskOf(parts),
    notifications: notificationCentreOf(parts),
    issuer: oidc.issuer,
    brand: config.provider.brand,
    strong: strongCheckOf(parts),
    consents: createConsentDesk({ database, issuer: oidc.issuer, clients: oidc.clients, audit }),
    answered: createIdempotentAnswers(parts),
    takeOpen: open.take,
    verifyAccessToken: oidc.verifyAccessToken,
  });
}
