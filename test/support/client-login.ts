// What every independent client needs of its world: metadata to register itself with, and a customer who goes where
// it sends her, says yes on the phone and comes back.
import { z } from 'zod';
import { demoRegistrationToken } from '../../src/demo/clients.ts';
import { type Browser, type Page, statusOn } from './browser.ts';
import type { FlowWorld } from './flow-world.ts';
import { noteNeedles } from './log-directory.ts';

/** Says yes by itself, with its PIN. */
export const selfApproving = '+33639982500';
/** Says no by itself. */
export const selfRefusing = '+33639982401';

/** Metadata of a site that nobody has a contract with. */
export function siteMetadata(name: string, redirectUri: string) {
  return {
    client_name: name,
    redirect_uris: [redirectUri],
    post_logout_redirect_uris: [new URL('/bye', redirectUri).href],
    grant_types: ['authorization_code', 'refresh_token'],
    policy_uri: 'https://site.exemple.test/privacy',
  };
}

const registered = z.looseObject({ client_id: z.string(), client_secret: z.string().default('') });

/** Registers a site with the token of the demo (RFC 7591); gives what the provider made of it. Throws its refusal. */
export async function registerSite(issuer: string, metadata: object) {
  const response = await fetch(`${issuer}/reg`, {
    method: 'POST',
    headers: { authorization: `Bearer ${demoRegistrationToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(metadata),
  });
  const answer: unknown = await response.json();
  if (response.status !== 201) throw new Error(`not registered: ${JSON.stringify(answer)}`);
  const site = registered.parse(answer);
  if (site.client_secret !== '') noteNeedles({ form: 'text', what: 'client secret', value: site.client_secret });
  return site;
}

export interface Visit {
  readonly browser: Browser;
  /** Where she is at the end; `stoppedAt` when the client is no server of its own. */
  readonly page: Page;
}

/**
 * Sends a customer to `address`; she logs in with the SIM and allows what is asked. Without `stopAt` she goes all the
 * way, to a client that is a server.
 */
export async function visitWithSim(
  world: Pick<FlowWorld, 'browser'>,
  address: string | URL,
  { stopAt, number = selfApproving }: { stopAt?: string; number?: string } = {},
): Promise<Visit> {
  const browser = world.browser(stopAt === undefined ? {} : { stopAt });
  let page = await browser.submit(await browser.open(address), { identifier: number });
  if (statusOn(page) === undefined) throw new Error(`no waiting page: ${page.status} ${page.url.pathname}`);
  const headers = { accept: 'application/json', prefer: 'wait=10' };
  await (await browser.request(`${page.url.origin}${page.url.pathname}/status`, { headers })).body?.cancel();
  page = await browser.open(page.url);
  if (page.text.includes('name="decision"')) page = await browser.submit(page, { decision: 'allow' });
  else if (statusOn(page) === 'refused') page = await browser.submit(page, { choice: 'cancel' });
  return { browser, page };
}

/** The address of the client that a visit ended at. Throws when it did not. */
export function cameBackTo({ page }: Pick<Visit, 'page'>): URL {
  if (page.stoppedAt === undefined) throw new Error(`the customer is at ${page.url.pathname} (${page.status})`);
  return page.stoppedAt;
}

/** Confirms a logout that began at `address`, in the browser of the visit; gives where it leads. */
export async function confirmLogout({ browser }: Pick<Visit, 'browser'>, address: string | URL): Promise<Page> {
  const asked = await browser.open(address);
  return await browser.submitForm(asked, '/session/end/confirm', { logout: 'yes' });
}
