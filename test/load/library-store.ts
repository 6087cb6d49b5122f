// What anybody would write to give the library a store: one table or one key for a record, prepared statements, nothing
// batched, sealed or cached. The library's own memory is the other choice.
import { PGlite } from '@electric-sql/pglite';
import { Redis } from 'ioredis';
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';
import pg from 'pg';

export interface LibraryStore {
  /** Undefined: in memory, as the library comes. */
  readonly adapter: AdapterFactory | undefined;
  close(): Promise<void>;
}

/** `memory`, `pglite`, or the address of a PostgreSQL or Redis server; what it makes there is its own. */
export async function openLibraryStore(address: string): Promise<LibraryStore> {
  if (address === 'memory') return { adapter: undefined, close: async () => {} };
  if (address.startsWith('redis')) return openRedisStore(address);
  if (address === 'pglite') {
    const database = await PGlite.create('memory://');
    const query: Query = async (_name, text, values) => (await database.query<Row>(text, values)).rows;
    await database.exec(table);
    return { adapter: databaseAdapter(query), close: () => database.close() };
  }
  const pool = new pg.Pool({ connectionString: address, max: 10 });
  await pool.query(table);
  const query: Query = async (name, text, values) => (await pool.query<Row>({ name, text, values })).rows;
  return { adapter: databaseAdapter(query), close: () => pool.end() };
}

interface Row {
  readonly payload: AdapterPayload;
  readonly consumed: number | null;
}

type Query = (name: string, text: string, values: unknown[]) => Promise<Row[]>;

const table = `
  create table if not exists library_records (
    model text, id text, payload jsonb not null, grant_id text, uid text, consumed_at timestamptz,
    expires_at timestamptz, primary key (model, id));
  create index if not exists library_records_uid on library_records (uid) where uid is not null;
  create index if not exists library_records_grant on library_records (grant_id) where grant_id is not null`;

const found = `select payload, extract(epoch from consumed_at)::int as consumed from library_records`;
const alive = `(expires_at is null or expires_at > now())`;

function databaseAdapter(query: Query): AdapterFactory {
  return (model) => {
    const read = ([row]: Row[]): AdapterPayload | undefined =>
      row && (row.consumed === null ? row.payload : { ...row.payload, consumed: row.consumed });
    const adapter: Adapter = {
      async upsert(id, payload, expiresIn) {
        await query(
          'put',
          `insert into library_records (model, id, payload, grant_id, uid, expires_at)
           values ($1, $2, $3, $4, $5, now() + $6 * interval '1 second')
           on conflict (model, id) do update set payload = excluded.payload, expires_at = excluded.expires_at`,
          [model, id, JSON.stringify(payload), payload.grantId ?? null, payload.uid ?? null, expiresIn ?? null],
        );
      },
      find: async (id) => read(await query('find', `${found} where model = $1 and id = $2 and ${alive}`, [model, id])),
      findByUid: async (uid) =>
        read(await query('uid', `${found} where model = $1 and uid = $2 and ${alive}`, [model, uid])),
      async findByUserCode() {},
      async consume(id) {
        await query('use', 'update library_records set consumed_at = now() where model = $1 and id = $2', [model, id]);
      },
      async destroy(id) {
        await query('end', 'delete from library_records where model = $1 and id = $2', [model, id]);
      },
      async revokeByGrantId(grantId) {
        await query('revoke', 'delete from library_records where model = $1 and grant_id = $2', [model, grantId]);
      },
    };
    return adapter;
  };
}

// As the library's authors show it for ioredis: hashes for what is consumed, lists for what hangs on a grant.
async function openRedisStore(address: string): Promise<LibraryStore> {
  const redis = new Redis(address, { keyPrefix: `library-${process.pid}:`, lazyConnect: true });
  await redis.connect();
  const prefix = redis.options.keyPrefix ?? '';
  return {
    adapter: (model) => redisAdapter(redis, model),
    async close() {
      const keys = await redis.keys(`${prefix}*`);
      if (keys.length > 0) await redis.unlink(keys.map((key) => key.slice(prefix.length)));
      redis.disconnect();
    },
  };
}

const consumable = new Set(['AuthorizationCode', 'RefreshToken', 'BackchannelAuthenticationRequest']);

function redisAdapter(redis: Redis, model: string): Adapter {
  const keyOf = (id: string) => `${model}:${id}`;
  const find: Adapter['find'] = async (id) => {
    if (!consumable.has(model)) {
      const text = await redis.get(keyOf(id));
      return text === null ? undefined : (JSON.parse(text) as AdapterPayload);
    }
    const { payload, consumed } = await redis.hgetall(keyOf(id));
    if (payload === undefined) return undefined;
    return { ...(JSON.parse(payload) as AdapterPayload), ...(consumed && { consumed: Number(consumed) }) };
  };
  return {
    find,
    async upsert(id, payload, expiresIn = 86_400) {
      const key = keyOf(id);
      const text = JSON.stringify(payload);
      const multi = redis.multi();
      if (consumable.has(model)) multi.hset(key, 'payload', text).expire(key, expiresIn);
      else multi.set(key, text, 'EX', expiresIn);
      if (payload.uid !== undefined) multi.set(`uid:${payload.uid}`, id, 'EX', expiresIn);
      if (payload.grantId !== undefined && model !== 'Session') {
        multi.rpush(`grant:${payload.grantId}`, key).expire(`grant:${payload.grantId}`, expiresIn);
      }
      await multi.exec();
    },
    async findByUid(uid) {
      const id = await redis.get(`uid:${uid}`);
      return id === null ? undefined : await find(id);
    },
    async findByUserCode() {},
    async consume(id) {
      await redis.hset(keyOf(id), 'consumed', Math.floor(Date.now() / 1_000));
    },
    async destroy(id) {
      await redis.del(keyOf(id));
    },
    async revokeByGrantId(grantId) {
      const keys = await redis.lrange(`grant:${grantId}`, 0, -1);
      await redis.unlink(`grant:${grantId}`, ...keys);
    },
  };
}
