// A customer's sessions and what was logged in through them, for her to see and to end. A session that is ended takes
// its grants and refresh tokens along, and the relying parties hear of it (OpenID Connect Back-Channel Logout 1.0).
import type Koa from 'koa';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { z } from 'zod';
import type { AccountId } from '../identifiers.ts';
import type { Audit } from '../ops/audit.ts';
import type { Log } from '../ops/log.ts';
import type { MasterKey } from '../ops/master-key.ts';
import type { Database } from '../storage/database.ts';
import { type AccountRecord, endSessionRecords, listAccountRecords, noteSessionUse } from '../storage/session-uses.ts';
import { hashId, openRecord } from './adapter.ts';
import type { ClientRegistry } from './clients.ts';
import { tellLogout } from './logout-hints.ts';
import { sessionName } from './session-names.ts';

export interface CustomerSessionView {
  /** `ses_…`: names it, and opens nothing. */
  readonly id: string;
  /** `browser`: a session at the provider · `application`: a service that stays connected without one. */
  readonly kind: 'browser' | 'application';
  /** `Firefox, Windows`; undefined: not known. */
  readonly device: string | undefined;
  /** Names of the services that are logged in. */
  readonly clients: readonly string[];
  readonly since: Date | undefined;
  readonly lastUsedAt: Date | undefined;
  /** The one that the caller's own token came from. */
  readonly current: boolean;
}

export interface SessionDesk {
  /** `current`: what the caller's token says of its session. */
  list(accountId: AccountId, current: string | undefined): Promise<CustomerSessionView[]>;
  /** False if there is none of that id. */
  end(accountId: AccountId, id: string): Promise<boolean>;
  /** Ends all but one; for a changed password. Resolves to how many there were. */
  endOthers(accountId: AccountId, current: string | undefined): Promise<number>;
}

export interface SessionDeps {
  readonly database: Pick<Database, 'db' | 'transaction'>;
  readonly masterKey: Pick<MasterKey, 'open'>;
  readonly issuer: string;
  readonly clients: Pick<ClientRegistry, 'show'>;
  readonly audit: Pick<Audit, 'sessionRevoked'>;
  readonly provider: () => Provider;
  readonly log: Log;
}

const session = z.object({
  uid: z.string(),
  loginTs: z.number().optional(),
  authorizations: z
    .record(z.string(), z.object({ sid: z.string().optional(), grantId: z.string().optional() }))
    .default({}),
});
const refreshToken = z.object({
  grantId: z.string(),
  sessionUid: z.string().optional(),
  iat: z.number(),
  iiat: z.number().optional(),
});

/** Makes the desk of one issuer. */
export function createSessionDesk(deps: SessionDeps): SessionDesk {
  return {
    async list(accountId, current) {
      const entries = await readEntries(deps, accountId);
      return await Promise.all(entries.map((entry) => viewOf(deps, entry, current)));
    },
    async end(accountId, id) {
      const entry = (await readEntries(deps, accountId)).find((one) => one.id === id);
      if (entry === undefined) return false;
      await endEntry(deps, accountId, entry);
      return true;
    },
    async endOthers(accountId, current) {
      const others = (await readEntries(deps, accountId)).filter(({ id }) => id !== current);
      for (const entry of others) await endEntry(deps, accountId, entry);
      return others.length;
    },
  };
}

interface Entry {
  readonly id: string;
  readonly kind: CustomerSessionView['kind'];
  readonly sessionIds: Buffer[];
  readonly grantIds: string[];
  /** The `sid` that each relying party knows. */
  readonly parties: ReadonlyMap<string, string | undefined>;
  readonly device: string | undefined;
  readonly since: Date | undefined;
  readonly lastUsedAt: Date | undefined;
}

async function readEntries(deps: SessionDeps, accountId: AccountId): Promise<Entry[]> {
  const { issuer, database } = deps;
  const records = await listAccountRecords(database.db, { issuer, accountId });
  const sessions = records.filter(({ model }) => model === 'Session').flatMap((record) => sessionEntry(deps, record));
  const tokens = records.filter(({ model }) => model === 'RefreshToken').flatMap((record) => tokenOf(deps, record));
  const joined = sessions.map((entry) =>
    withTokens(
      entry,
      tokens.filter((token) => token.session === entry.id || entry.grantIds.includes(token.grantId)),
    ),
  );
  const known = new Set(joined.flatMap(({ grantIds }) => grantIds));
  const alone = Map.groupBy(
    tokens.filter(({ grantId }) => !known.has(grantId)),
    ({ session: ended, grantId }) => ended ?? sessionName(grantId),
  );
  return [...joined, ...[...alone].map(([id, own]) => applicationEntry(id, own))];
}

function sessionEntry(deps: SessionDeps, record: AccountRecord): Entry[] {
  const parsed = session.safeParse(opened(deps, record));
  if (!parsed.success) return [];
  const { uid, loginTs, authorizations } = parsed.data;
  const parties = Object.entries(authorizations).map(([clientId, { sid }]) => [clientId, sid] as const);
  return [
    {
      ...{ id: sessionName(uid), kind: 'browser', sessionIds: [record.idHash], parties: new Map(parties) },
      grantIds: Object.values(authorizations).flatMap(({ grantId }) => grantId ?? []),
      device: record.device || undefined,
      since: loginTs === undefined ? (record.firstAt ?? undefined) : new Date(loginTs * 1_000),
      lastUsedAt: record.lastAt ?? undefined,
    },
  ];
}

interface Token {
  readonly grantId: string;
  readonly session: string | undefined;
  readonly clientId: string;
  readonly issuedAt: Date;
  readonly since: Date;
}

function tokenOf(deps: SessionDeps, record: AccountRecord): Token[] {
  const parsed = refreshToken.safeParse(opened(deps, record));
  if (!parsed.success || record.clientId === null) return [];
  const { grantId, sessionUid, iat, iiat } = parsed.data;
  return [
    {
      ...{ grantId, clientId: record.clientId, session: sessionUid && sessionName(sessionUid) },
      ...{ issuedAt: new Date(iat * 1_000), since: new Date((iiat ?? iat) * 1_000) },
    },
  ];
}

function opened({ masterKey, issuer }: SessionDeps, { model, idHash, payload }: AccountRecord): unknown {
  return openRecord({ masterKey, issuer }, { table: 'oidc_records', model, idHash }, payload);
}

/** A refresh token is renewed when it is used: so it tells of uses without a browser. */
function withTokens(entry: Entry, tokens: readonly Token[]): Entry {
  const used = [entry.lastUsedAt, ...tokens.map(({ issuedAt }) => issuedAt)].filter((at) => at !== undefined);
  const grantIds = [...new Set([...entry.grantIds, ...tokens.map(({ grantId }) => grantId)])];
  return { ...entry, grantIds, lastUsedAt: newest(used) };
}

function applicationEntry(id: string, tokens: readonly Token[]): Entry {
  const [first] = tokens;
  return {
    ...{ id, kind: 'application', sessionIds: [], device: undefined },
    grantIds: [...new Set(tokens.map(({ grantId }) => grantId))],
    parties: new Map(tokens.map(({ clientId }) => [clientId, undefined])),
    since: first?.since,
    lastUsedAt: newest(tokens.map(({ issuedAt }) => issuedAt)),
  };
}

function newest(moments: readonly Date[]): Date | undefined {
  return moments.toSorted((one, other) => other.getTime() - one.getTime())[0];
}

async function viewOf(
  { clients }: SessionDeps,
  { id, kind, device, since, lastUsedAt, parties }: Entry,
  current: string | undefined,
): Promise<CustomerSessionView> {
  const names = [...parties.keys()].map(async (clientId) => {
    const name = (await clients.show(clientId))?.metadata['client_name'];
    return typeof name === 'string' ? name : clientId;
  });
  return { id, kind, device, since, lastUsedAt, current: id === current, clients: await Promise.all(names) };
}

async function endEntry(deps: SessionDeps, accountId: AccountId, entry: Entry): Promise<void> {
  const { issuer, database, audit, log, provider } = deps;
  await database.transaction(async (tx) => {
    const grants = entry.grantIds.map(hashId);
    await endSessionRecords(tx, { issuer, accountId, ids: entry.sessionIds, grants });
    await audit.sessionRevoked(tx, { accountId, sessionId: entry.id });
  });
  for (const [clientId, sid] of entry.parties) {
    const client = await provider().Client.find(clientId);
    if (client?.backchannelLogoutUri === undefined) continue;
    await tellLogout(client, accountId, sid).catch((error: unknown) => {
      log.warn({ clientId, err: error }, 'a logout token was not taken');
    });
  }
}

export interface SessionUseDeps extends Pick<SessionDeps, 'issuer' | 'log'> {
  readonly database: Pick<Database, 'db'>;
  /** Browser and system of a User-Agent header; empty if neither is known. */
  readonly deviceOf: (userAgent: string) => string;
  readonly now: () => Date;
}

/** Middleware of the provider that notes where a session is used, after each answer to a login. */
export function noteSessionUses({ database, issuer, deviceOf, now, log }: SessionUseDeps): Koa.Middleware {
  return async (ctx, next) => {
    await next();
    const { oidc } = ctx as KoaContextWithOIDC;
    const route = oidc?.route;
    if (route !== 'authorization' && route !== 'resume') return;
    const { session: used } = oidc;
    if (used?.accountId === undefined || Reflect.get(used, 'destroyed') === true) return;
    const { uid, accountId } = used;
    const use = { issuer, uidHash: hashId(uid), accountId, device: deviceOf(ctx.get('User-Agent')), at: now() };
    // A login must not fail because its note cannot be written.
    await noteSessionUse(database.db, use).catch((error: unknown) => log.warn({ err: error }, 'a use was not noted'));
  };
}
