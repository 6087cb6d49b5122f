// Small files in the data directory, for its owner's eyes only (mode 0600): the admin token, where the admin listener
// is, the demo's master key.
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Reads a secret, or makes and keeps one; several processes that start at once end up with the same. */
export function keepSecret(directory: string, name: string, make: () => string): string {
  const kept = readSecret(directory, name);
  if (kept !== undefined) return kept;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, name);
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, `${make()}\n`, { mode: 0o600 });
  try {
    // Fails if the name exists, and the file is whole from its first moment.
    linkSync(mine, file);
  } catch (cause) {
    const others = readSecret(directory, name);
    if (others === undefined) throw new Error(`cannot keep a secret in ${file}`, { cause });
    return others;
  } finally {
    rmSync(mine, { force: true });
  }
  return readSecret(directory, name) ?? '';
}

/** Reads a secret that was kept; undefined when there is none. Takes it out of reach of other users. */
export function readSecret(directory: string, name: string): string | undefined {
  const file = join(directory, name);
  try {
    const text = readFileSync(file, 'utf8').trim();
    chmodSync(file, 0o600);
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
}

const tokenFile = 'admin-token';
const addressFile = 'admin-address';

/** The admin token: as configured, else the one kept in the data directory, made at first. */
export function adminToken(
  { given, directory }: { given: string | undefined; directory: string },
  randomBytes: (size: number) => Buffer,
): string {
  return given ?? keepSecret(directory, tokenFile, () => randomBytes(32).toString('base64url'));
}

/** Tells the command line where this server's admin listener is; call the answer when it stops. */
export function announceAdmin(directory: string, url: string): () => void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, addressFile);
  writeFileSync(file, `${url}\n`, { mode: 0o600 });
  return () => {
    // A server that started after this one has announced itself in the same place: leave that alone.
    if (readSecret(directory, addressFile) === url) rmSync(file, { force: true });
  };
}

/** Where a server of this data directory said its admin listener is, and with which token. It may be gone. */
export function findAdmin(directory: string): { url: string | undefined; token: string | undefined } {
  return { url: readSecret(directory, addressFile), token: readSecret(directory, tokenFile) };
}

const masterKeyFile = 'master-key';

/** The demo's master key (32 octets), kept in its data directory; production has its own elsewhere. */
export function demoMasterKey(directory: string, randomBytes: (size: number) => Buffer): Buffer {
  return Buffer.from(
    keepSecret(directory, masterKeyFile, () => randomBytes(32).toString('base64')),
    'base64',
  );
}

/** The demo's master key if one was made. */
export function findDemoMasterKey(directory: string): Buffer | undefined {
  const text = readSecret(directory, masterKeyFile);
  return text === undefined ? undefined : Buffer.from(text, 'base64');
}
