// Registered relying parties of one issuer: added by the demo world, by staff, or by themselves (RFC 7591).
// Secrets stand encrypted beside the metadata (HS256 needs them) and are shown once.
import { type Adapter, errors } from 'oidc-provider';
import type { MasterKey } from '../ops/master-key.ts';
import type { Database } from '../storage/database.ts';
import {
  type ClientRow,
  deleteClientRow,
  findClientRow,
  insertClientRow,
  listClientRows,
  raiseRevision,
  upsertClientRow,
} from '../storage/oidc-clients.ts';
import { deleteConsents } from '../storage/oidc-consents.ts';
import { deleteRecordsOfClient } from '../storage/oidc-records.ts';
import { applyProfile, ClientMetadataError, defaultSubjectType } from './profiles.ts';

/** Registration metadata in the standard's spelling, `client_id` included; `client_secret` only if it is chosen. */
export type ClientMetadata = Readonly<Record<string, unknown>> & { readonly client_id: string };

/** A client as the command line shows it: never its secret. */
export interface ClientInfo {
  readonly clientId: string;
  readonly origin: 'demo' | 'staff' | 'registration';
  readonly createdAt: Date;
  readonly hasSecret: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** A client that was added; its secret, if it has one, is told this once. */
export interface AddedClient {
  readonly client: ClientInfo;
  readonly secret: string | undefined;
}

export interface ClientRegistry {
  /** The library's own view of the clients. */
  readonly adapter: Adapter;
  /** Writes clients of the demo world, replacing what stands under their ids. Throws ClientMetadataError. */
  seed(clients: readonly ClientMetadata[]): Promise<void>;
  /** Adds a client; makes an id and a secret where there are none. Throws ClientMetadataError, also for a taken id. */
  add(metadata: Readonly<Record<string, unknown>>): Promise<AddedClient>;
  /** Adds a client under the rules for those that register themselves (RFC 7591). Throws ClientMetadataError. */
  register(metadata: Readonly<Record<string, unknown>>): Promise<AddedClient>;
  list(): Promise<ClientInfo[]>;
  show(clientId: string): Promise<ClientInfo | undefined>;
  /** Removes a client with its grants, refresh tokens and consents; false if there was none. */
  remove(clientId: string): Promise<boolean>;
}

export interface ClientRegistryDeps {
  readonly database: Pick<Database, 'db' | 'transaction'>;
  readonly masterKey: Pick<MasterKey, 'seal' | 'open'>;
  readonly issuer: string;
  readonly brand: string;
  readonly now: () => Date;
  readonly randomBytes: (size: number) => Buffer;
  /** The library's own validation; throws its errors. */
  readonly validate: (metadata: Record<string, unknown>) => Promise<void>;
  /** Called at once on this node; others hear of it by the wake-up. */
  readonly onChange: () => void;
}

const secretless = new Set(['none', 'private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth']);

/** Makes the registry of one issuer. */
export function createClientRegistry(deps: ClientRegistryDeps): ClientRegistry {
  const { database, issuer } = deps;
  return {
    adapter: clientAdapter(deps),
    async seed(clients) {
      for (const client of clients) await write(deps, await checked(deps, client), 'demo');
    },
    add: (given) => add(deps, given, 'staff'),
    register({ client_id: _id, client_secret: _secret, ...given }) {
      return add(deps, given, 'registration');
    },
    async list() {
      return (await listClientRows(database.db, issuer)).map(clientInfo);
    },
    async show(clientId) {
      const row = await findClientRow(database.db, issuer, clientId);
      return row && clientInfo(row);
    },
    remove: (clientId) => remove(deps, clientId),
  };
}

type Metadata = Record<string, unknown>;

async function add(deps: ClientRegistryDeps, given: Metadata, origin: ClientRow['origin']): Promise<AddedClient> {
  const { database, issuer, randomBytes } = deps;
  const secret = needsSecret(given) ? (given['client_secret'] ?? randomBytes(32).toString('base64url')) : undefined;
  const client = {
    client_id: randomBytes(16).toString('base64url'),
    ...given,
    ...(secret !== undefined && { client_secret: secret }),
  };
  const metadata = await checked(deps, client, { dynamic: origin === 'registration' });
  if (!(await insert(deps, metadata, origin))) throw new ClientMetadataError('client_id is taken');
  const row = await findClientRow(database.db, issuer, clientIdOf(metadata));
  if (row === undefined) throw new Error('a client vanished while it was added');
  return { client: clientInfo(row), secret: typeof secret === 'string' ? secret : undefined };
}

async function checked(deps: ClientRegistryDeps, given: Metadata, { dynamic = false } = {}): Promise<Metadata> {
  const metadata = { ...given };
  applyProfile(metadata, { dynamic, brand: deps.brand, said: given });
  metadata['subject_type'] ??= defaultSubjectType(metadata);
  try {
    await deps.validate(metadata);
  } catch (cause) {
    if (!(cause instanceof errors.OIDCProviderError)) throw cause;
    throw new ClientMetadataError(cause.error_description ?? cause.message, { cause });
  }
  return metadata;
}

function needsSecret(metadata: Metadata): boolean {
  return !secretless.has(String(metadata['token_endpoint_auth_method'] ?? 'client_secret_basic'));
}

async function write(deps: ClientRegistryDeps, metadata: Metadata, origin: ClientRow['origin']): Promise<void> {
  const row = sealedRow(deps, metadata);
  await deps.database.transaction(async (tx) => {
    await upsertClientRow(tx, { ...row, origin, createdAt: deps.now() });
    await raiseRevision(tx, deps.issuer);
  });
  deps.onChange();
}

async function insert(deps: ClientRegistryDeps, metadata: Metadata, origin: ClientRow['origin']): Promise<boolean> {
  const row = sealedRow(deps, metadata);
  const added = await deps.database.transaction(async (tx) => {
    await raiseRevision(tx, deps.issuer);
    return await insertClientRow(tx, { ...row, origin, createdAt: deps.now() });
  });
  deps.onChange();
  return added;
}

async function remove(deps: ClientRegistryDeps, clientId: string): Promise<boolean> {
  const { issuer } = deps;
  const removed = await deps.database.transaction(async (tx) => {
    await raiseRevision(tx, issuer);
    await deleteRecordsOfClient(tx, { issuer, clientId });
    await deleteConsents(tx, { issuer, clientId });
    return await deleteClientRow(tx, issuer, clientId);
  });
  deps.onChange();
  return removed;
}

function sealedRow({ masterKey, issuer }: ClientRegistryDeps, given: Metadata) {
  const { client_secret: secret, ...metadata } = given;
  // jsonb takes neither NUL nor half a surrogate pair; in JSON only those are written as these escapes.
  if (/\\u(?:0000|d[89a-f])/i.test(JSON.stringify(metadata))) {
    throw new ClientMetadataError('metadata holds a character that cannot be stored');
  }
  const clientId = clientIdOf(metadata);
  const place = secretPlace(issuer, clientId);
  return {
    issuer,
    clientId,
    metadata,
    secretSealed: typeof secret === 'string' ? masterKey.seal(place, secret) : null,
  };
}

function clientAdapter(deps: ClientRegistryDeps): Adapter {
  const { database, masterKey, issuer } = deps;
  return {
    async find(id) {
      // PostgreSQL's text has no NUL; no client is called so.
      if (id.includes('\0')) return undefined;
      const row = await findClientRow(database.db, issuer, id);
      if (row === undefined) return undefined;
      if (row.secretSealed === null) return row.metadata;
      return { ...row.metadata, client_secret: masterKey.open(secretPlace(issuer, id), row.secretSealed).toString() };
    },
    async upsert(_id, payload) {
      try {
        await write(deps, { ...payload }, 'registration');
      } catch (cause) {
        if (cause instanceof ClientMetadataError) throw new errors.InvalidClientMetadata(cause.message);
        throw cause;
      }
    },
    async destroy(id) {
      await remove(deps, id);
    },
    async consume() {},
    async findByUid() {},
    async findByUserCode() {},
    async revokeByGrantId() {},
  };
}

function secretPlace(issuer: string, clientId: string) {
  return { table: 'oidc_clients', column: 'secret_sealed', row: `${issuer} ${clientId}` };
}

function clientIdOf(metadata: Metadata): string {
  const id = metadata['client_id'];
  if (typeof id !== 'string' || id === '') throw new ClientMetadataError('client_id is missing');
  return id;
}

function clientInfo({ clientId, origin, createdAt, secretSealed, metadata }: ClientRow): ClientInfo {
  return { clientId, origin, createdAt, hasSecret: secretSealed !== null, metadata };
}
