// The demo world as the running provider sees it: loaded at the first start, loaded again on request, told as JSON.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SimKeyring } from '../authentication/sim-keyring.ts';
import { spellCustomerId } from '../identifiers.ts';
import type { ClientMetadata } from '../oidc/clients.ts';
import type { MasterKey } from '../ops/master-key.ts';
import type { Database } from '../storage/database.ts';
import { hasAccounts } from '../storage/provisioning.ts';
import { demoClients, demoClientsBelow, demoRegistrationToken, demoSecret } from './clients.ts';
import { demoIdFor, seedDemoWorld } from './seed.ts';
import { selfAnsweringNumbers } from './self-answering.ts';
import { type DemoCustomer, demoCustomers, demoPassword, demoPuk, spareSims } from './world.ts';
import { type IleCustomer, ileCustomers } from './world-ile.ts';

/** What the sandbox needs of the running provider. */
export interface SandboxTarget {
  readonly database: Database;
  readonly masterKey: MasterKey;
  readonly channel: { readonly keyring: SimKeyring };
  readonly oidc: {
    /** Path of the issuer: empty at the root. */
    readonly basePath: string;
    readonly clients: { seed(clients: readonly ClientMetadata[]): Promise<void> };
    addInitialAccessToken(token: string): Promise<void>;
    endSessionsAndGrants(): Promise<void>;
  };
  readonly now: () => Date;
  readonly randomBytes: (size: number) => Buffer;
}

export interface SandboxPlaces {
  /** The file that the simulator reads its SIMs from. */
  readonly exportFile: string;
  readonly portalUrl: string;
  /** Tells the simulator to begin anew; undefined before it runs. */
  readonly resetSimulator?: (() => Promise<void>) | undefined;
  /** Fewer of the numbers that answer by themselves; all by default. */
  readonly selfAnswering?: readonly DemoCustomer[] | undefined;
}

/** Loads world and clients if the database is empty; clients and registration token are renewed at every start. */
export async function prepareSandbox(
  target: SandboxTarget,
  places: SandboxPlaces,
  issuers: readonly Pick<SandboxTarget, 'oidc'>[] = [target],
): Promise<void> {
  for (const { oidc } of issuers) {
    const { portalUrl } = places;
    const isRoot = oidc.basePath === '';
    await oidc.clients.seed(isRoot ? demoClients(portalUrl) : demoClientsBelow(portalUrl, oidc.basePath));
    await oidc.addInitialAccessToken(demoRegistrationToken);
  }
  const earlier = readExport(places.exportFile);
  if (earlier !== undefined && (await hasAccounts(target.database.db))) return;
  await load(target, places, earlier);
}

/** The world as at the first start: customers, services, limits; sessions and grants end, counters stay. */
export async function resetSandbox(target: SandboxTarget, places: SandboxPlaces): Promise<void> {
  await target.oidc.endSessionsAndGrants();
  await load(target, places, readExport(places.exportFile));
  await places.resetSimulator?.();
}

async function load(target: SandboxTarget, places: SandboxPlaces, earlier: unknown): Promise<void> {
  const { database, masterKey, now, randomBytes } = target;
  const { keyring } = target.channel;
  const { exportFile, selfAnswering } = places;
  const exported = await seedDemoWorld({ database, masterKey, keyring, now, randomBytes, selfAnswering }, earlier);
  mkdirSync(dirname(exportFile), { recursive: true, mode: 0o700 });
  const whole = `${exportFile}.new`;
  writeFileSync(whole, JSON.stringify(exported, null, 1), { mode: 0o600 });
  renameSync(whole, exportFile);
}

function readExport(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Everything that a test needs to know of the demo world, passwords and PINs included. */
export function describeWorld(masterKey: MasterKey, { portalUrl }: Pick<SandboxPlaces, 'portalUrl'>): object {
  return {
    people: demoCustomers.map((customer) => describeCustomer(masterKey, customer)),
    selfCare: ileCustomers.map((customer) => describeIleCustomer(masterKey, customer)),
    selfAnsweringNumbers: selfAnsweringNumbers.map(({ msisdn, outcome }) => ({ msisdn, pin: '2580', outcome })),
    spareSims: spareSims.map((spare) => ({ ...spare, puk: demoPuk(spare.iccid) })),
    clients: demoClients(portalUrl).map((client) => ({
      ...client,
      ...(client['token_endpoint_auth_method'] === 'none' ? {} : { client_secret: demoSecret(client.client_id) }),
    })),
    registrationToken: demoRegistrationToken,
  };
}

function describeCustomer(masterKey: MasterKey, customer: DemoCustomer): object {
  return {
    brand: customer.brand,
    ...customer.person,
    note: customer.note,
    password: demoPassword(customer.person.givenName),
    accounts: customer.emails.map(({ email, label }) => ({ id: demoIdFor(masterKey, 'acc', email), email, label })),
    contracts: customer.contracts,
    lines: customer.lines.map(({ msisdn, pin, iccid, serial13, kind = 'mobile', appletCapable = true }) => ({
      id: demoIdFor(masterKey, 'lin', msisdn),
      msisdn,
      pin: pin ?? null,
      kind,
      iccid,
      serial13,
      puk: demoPuk(iccid),
      appletCapable,
      state: appletCapable && kind === 'mobile' ? (pin === undefined ? 'INACTIVE' : 'ACTIVE') : 'NOT_ELIGIBLE',
    })),
  };
}

/** Customers of the brand whose customers register with an Account ID or a Customer ID. */
function describeIleCustomer(masterKey: MasterKey, { lines, company, ...customer }: IleCustomer): object {
  const { person, ...facts } = customer;
  return {
    ...facts,
    ...person,
    company: company && { ...company, customerId: spellCustomerId(company.customerId) },
    accounts: lines.map(({ registered, label: _label, ...line }) => ({
      ...line,
      lineId: demoIdFor(masterKey, 'lin', line.msisdn),
      puk: demoPuk(line.iccid),
      registered: registered !== undefined,
      password: registered?.password ?? null,
      email: registered?.email ?? null,
    })),
  };
}
