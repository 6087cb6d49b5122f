// Reads REDIS_URL: one server, or several of a cluster, with or without TLS. Pure.

/** Where Redis or Valkey is, and as whom to log in. */
export interface RedisAddress {
  readonly tls: boolean;
  /** The server; of a cluster, those that are asked for the others. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly cluster: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Number of the database; a cluster has only 0. */
  readonly database: number;
}

const shape = /^(rediss?):\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^@/?#]+)(?:\/(\d{1,4})?)?(?:\?cluster=(true))?$/;
const node = /^(\[[\da-fA-F:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/;
const usualPort = 6_379;

/**
 * `redis://user:password@host:port/0`, `rediss://` with TLS; several `host:port` with commas between, or
 * `?cluster=true`, for a cluster. Undefined for anything else.
 */
export function readRedisAddress(text: string): RedisAddress | undefined {
  const [, scheme, user = '', secret, hosts = '', number = '0', marked] = shape.exec(text) ?? [];
  const nodes = hosts.split(',').map(readNode);
  const known = nodes.filter((one) => one !== undefined);
  const username = decoded(user);
  const password = secret === undefined ? undefined : decoded(secret);
  const cluster = marked !== undefined || nodes.length > 1;
  const database = Number(number);
  if (scheme === undefined || known.length < nodes.length || username === undefined) return undefined;
  if (secret !== undefined && password === undefined) return undefined;
  if (cluster && database !== 0) return undefined;
  return { tls: scheme === 'rediss', nodes: known, cluster, username: username || undefined, password, database };
}

function readNode(text: string): { host: string; port: number } | undefined {
  const [, host, digits] = node.exec(text) ?? [];
  const port = Number(digits ?? usualPort);
  if (host === undefined || port < 1 || port > 65_535) return undefined;
  return { host: host.replace(/^\[|\]$/g, ''), port };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
