// What most of the portal's tests need: a running portal, the issuer that it knows, a clock that can be moved, events.

import { type Portal, startPortal } from '../../../src/portal/app.ts';
import type { PortalOptions } from '../../../src/portal/options.ts';
import type { PortalEvent } from '../../../src/portal/report.ts';
import { type Browser, createBrowser } from './browser.ts';
import { type FakeIssuer, startFakeIssuer } from './fake-issuer.ts';

export interface World {
  readonly issuer: FakeIssuer;
  readonly portal: Portal;
  readonly events: PortalEvent[];
  /** A new browser without cookies. */
  browser(headers?: Record<string, string>): Browser;
  /** Moves the portal's clock forward, until the next reset. */
  passSeconds(seconds: number): void;
  reset(): void;
  stop(): Promise<void>;
}

/** Starts issuer and portal on free ports. */
export async function startWorld(options: PortalOptions = {}): Promise<World> {
  const issuer = await startFakeIssuer();
  const events: PortalEvent[] = [];
  let offsetMs = 0;
  const portal = await startPortal(
    { issuer: issuer.issuer, port: 0, ...options },
    { now: () => new Date(Date.now() + offsetMs), report: (event) => events.push(event) },
  );
  return {
    issuer,
    portal,
    events,
    browser: (headers) => createBrowser(portal.url, headers),
    passSeconds: (seconds) => {
      offsetMs += seconds * 1000;
    },
    reset: () => {
      issuer.reset();
      offsetMs = 0;
      events.length = 0;
      issuer.log.authorizations.length = 0;
      issuer.log.tokens.length = 0;
      issuer.log.api.length = 0;
      issuer.log.revoked.length = 0;
    },
    stop: async () => {
      await portal.stop();
      await issuer.stop();
    },
  };
}
