// Wires the resource APIs of an issuer: use cases in, one middleware out.
import { buildOpenApi } from './api/openapi.ts';
import { protectedResource } from './api/protected-resource.ts';
import { type ApiDeps, apiRoutes, createRouter } from './api/router.ts';
import type { AppParts } from './app.ts';
import { accountDeskOf } from './app-account.ts';
import { attachmentDesksOf } from './app-attachments.ts';
import { billingDeskOf } from './app-billing.ts';
import { contractDeskOf } from './app-contracts.ts';
import { diagnosticDeskOf } from './app-diagnostics.ts';
import { helpOf } from './app-help.ts';
import { mailboxDeskOf } from './app-mailboxes.ts';
import { notificationCentreOf } from './app-notifications.ts';
import { offerDeskOf, orderPartsOf } from './app-orders.ts';
import { paymentPartsOf } from './app-payments.ts';
import { purchaseDeskOf } from './app-purchases.ts';
import { simOrderDeskOf } from './app-sim-orders.ts';
import { strongCheckOf } from './app-strong-check.ts';
import { usageDeskOf } from './app-usage.ts';
import { createIdempotentAnswers } from './customer/idempotent-answers.ts';
import type { LineDesk } from './enrolment/line-desk-types.ts';
import type { Registrations } from './enrolment/registration-types.ts';
import type { PinResets } from './enrolment/reset-pin-types.ts';
import { createConsentDesk } from './oidc/consents.ts';
import { createRateLimit } from './storage/rate-limits.ts';
import type { ApiDocuments } from './web/api-docs.ts';

interface Use extends Pick<ApiDeps, 'mobileConnect' | 'passwords' | 'closing'> {
  readonly lines: LineDesk;
  /** Undefined where there is no Mobile Connect. */
  readonly resets?: PinResets | undefined;
  readonly registrations: Registrations | undefined;
}

interface Apis {
  /** Answers all below `/api`. */
  readonly serve: ReturnType<typeof createRouter>;
  /** What is published of them. */
  readonly documents: ApiDocuments;
}

/** The APIs of an issuer. */
export function apisOf(parts: AppParts, { resets, registrations, ...use }: Use): Apis {
  const { config, database, oidc, audit } = parts;
  const { startsPerAddress, windowMinutes } = config.limits;
  const open = createRateLimit(database, { name: 'form', points: startsPerAddress * 5, seconds: windowMinutes * 60 });
  const deps: ApiDeps = {
    ...parts,
    ...use,
    account: accountDeskOf(parts),
    sessions: oidc.sessions(parts.audit),
    contracts: contractDeskOf(parts),
    mailboxes: mailboxDeskOf(parts),
    ...attachmentDesksOf(parts),
    offers: offerDeskOf(parts),
    ordering: orderPartsOf(parts),
    usage: usageDeskOf(parts),
    notifications: notificationCentreOf(parts),
    help: helpOf(parts),
    billing: billingDeskOf(parts),
    payments: paymentPartsOf(parts),
    purchases: purchaseDeskOf(parts),
    diagnostics: diagnosticDeskOf(parts),
    simOrders: simOrderDeskOf(parts),
    issuer: oidc.issuer,
    brand: parts.home.main.id,
    language: parts.home.main.languages[0],
    strong: strongCheckOf(parts),
    consents: createConsentDesk({ database, issuer: oidc.issuer, clients: oidc.clients, audit }),
    answered: createIdempotentAnswers(parts),
    takeOpen: open.take,
    verifyAccessToken: oidc.verifyAccessToken,
    pinResets: resets && { resets, newBrowser: newBrowserOf(parts) },
    registrations: registrations && { registrations, newBrowser: newBrowserOf(parts) },
  };
  const routes = apiRoutes(deps);
  const documents = { openApi: buildOpenApi(deps, routes), protectedResource: protectedResource(deps.issuer, routes) };
  return { serve: createRouter(deps, routes), documents };
}

function newBrowserOf({ randomBytes }: AppParts): () => string {
  return () => randomBytes(24).toString('base64url');
}
