// Runs one staff operation: through the admin listener of the server that owns the data directory, or straight on the
// database when no server does. PostgreSQL takes both at once, so there it is always the database; nodes hear of
// changes by wake-up.
import { z } from 'zod';
import type { AdminContext, AdminOperation } from './admin-operations-type.ts';
import { type Problem, problemOf } from './ops/admin-listener.ts';
import { type Config, ConfigError, dataDirectoryOf } from './ops/config.ts';
import { findAdmin } from './ops/data-files.ts';
import { findOwner } from './storage/directory-lock.ts';

/** An operation was refused: by its input, or by what is in the database. */
export class OperationRefused extends Error {
  override readonly name = 'OperationRefused';
  readonly code: string;

  constructor(problem: Problem) {
    const fields = (problem.errors ?? []).map(({ field, message }) => `${field}: ${message}`);
    super([problem.detail ?? problem.title, ...fields].join('\n  '));
    this.code = problem.code;
  }
}

/** A server runs and cannot be asked, or is needed and does not run. */
export class ServerUnreachable extends Error {
  override readonly name = 'ServerUnreachable';
}

export interface OperationDeps {
  readonly config: Config;
  /** Opens the database and what is needed beside it; called only when no server is in charge. */
  readonly openContext: (config: Config) => Promise<{ context: AdminContext; close: () => Promise<void> }>;
}

/** Runs the operation and gives its JSON. Throws OperationRefused, ServerUnreachable, ConfigError. */
export async function runOperation(
  { config, openContext }: OperationDeps,
  operation: AdminOperation,
  input: unknown,
): Promise<unknown> {
  const server = findServer(config);
  if (server !== undefined) return await askServer(server, operation.name, input);
  const { context, close } = await openContext(config);
  try {
    // Through JSON, so that both ways print the same.
    return JSON.parse(JSON.stringify((await operation.run(context, input)) ?? null));
  } catch (error) {
    const problem = problemOf(error);
    throw problem.code === 'internal' ? error : new OperationRefused(problem);
  } finally {
    await close();
  }
}

interface Server {
  readonly url: string;
  readonly token: string;
}

function findServer(config: Config): Server | undefined {
  const { databaseUrl } = config.storage;
  if (/^postgres(ql)?:/.test(databaseUrl)) return undefined;
  const directory = dataDirectoryOf(config);
  const owner = findOwner(directory);
  const inMemory = databaseUrl === 'memory:';
  if (owner === undefined && !inMemory) return undefined;
  const announced = findAdmin(directory);
  const token = config.storage.adminToken ?? announced.token;
  if (token === undefined) {
    throw new ServerUnreachable('a server is in charge of the database, and its token is not known: set ADMIN_TOKEN');
  }
  return { url: announced.url ?? `http://127.0.0.1:${config.listeners.adminPort}`, token };
}

async function askServer({ url, token }: Server, name: string, input: unknown): Promise<unknown> {
  const response = await fetch(`${url}/admin/${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(input ?? {}),
    redirect: 'error',
    signal: AbortSignal.timeout(60_000),
  }).catch((cause: unknown) => {
    const words = 'the server that is in charge of the database does not answer at its admin port';
    throw new ServerUnreachable(`${words} (${url})`, { cause });
  });
  if (response.status === 204) return null;
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) return body;
  const problem = problemSchema.safeParse(body);
  if (!problem.success) throw new ServerUnreachable(`what answers at ${url} is no admin listener of this provider`);
  if (problem.data.code === 'unauthorized') throw new ServerUnreachable('the server does not accept this ADMIN_TOKEN');
  throw new OperationRefused(problem.data);
}

const problemSchema = z.object({
  status: z.number(),
  code: z.string(),
  title: z.string(),
  detail: z.string().optional(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
}) as z.ZodType<Problem>;

/** The configuration lacks what this operation needs and others do not. */
export function missing(variable: string, expected: string): ConfigError {
  return new ConfigError([{ variable, expected }]);
}
