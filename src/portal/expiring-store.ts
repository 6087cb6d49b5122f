// A bounded map in memory whose entries expire: idle too long, too old, or pushed out by newer ones.
// Holds sessions, logins under way and used token ids; nothing in it survives a restart, by design.

export interface ExpiringStore<T> {
  /** Writes a new entry; the least recently used one makes room when the store is full. */
  set(key: string, value: T): void;
  /** Finds a live entry and counts as use of it. */
  find(key: string): T | undefined;
  /** Finds and removes in one step, so that only one caller ever gets the entry. */
  take(key: string): T | undefined;
  delete(key: string): void;
  /** Removes all live entries for which the test says yes; returns how many. */
  deleteWhere(test: (value: T) => boolean): number;
}

export interface ExpiringStoreOptions {
  readonly now: () => Date;
  readonly maxEntries: number;
  /** Life since the last use. */
  readonly idleSeconds: number;
  /** Life since the entry was written, whatever its use. */
  readonly maxAgeSeconds: number;
}

interface Entry<T> {
  readonly value: T;
  readonly writtenAt: number;
  readonly usedAt: number;
}

/** Creates an empty store. */
export function createExpiringStore<T>({
  now,
  maxEntries,
  idleSeconds,
  maxAgeSeconds,
}: ExpiringStoreOptions): ExpiringStore<T> {
  // A Map keeps insertion order; each use re-inserts, so the first entry is the least recently used.
  const entries = new Map<string, Entry<T>>();

  const isLive = (entry: Entry<T>, at: number): boolean =>
    at < entry.usedAt + idleSeconds * 1000 && at < entry.writtenAt + maxAgeSeconds * 1000;

  function live(key: string): Entry<T> | undefined {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    if (isLive(entry, now().getTime())) return entry;
    entries.delete(key);
    return undefined;
  }

  function makeRoom(): void {
    const at = now().getTime();
    for (const [key, entry] of entries) {
      if (isLive(entry, at) && entries.size < maxEntries) return;
      entries.delete(key);
    }
  }

  return {
    set(key, value) {
      entries.delete(key);
      makeRoom();
      const at = now().getTime();
      entries.set(key, { value, writtenAt: at, usedAt: at });
    },
    find(key) {
      const entry = live(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      entries.set(key, { ...entry, usedAt: now().getTime() });
      return entry.value;
    },
    take(key) {
      const entry = live(key);
      entries.delete(key);
      return entry?.value;
    },
    delete(key) {
      entries.delete(key);
    },
    deleteWhere(test) {
      const doomed = [...entries.keys()].filter((key) => {
        const entry = live(key);
        return entry !== undefined && test(entry.value);
      });
      for (const key of doomed) entries.delete(key);
      return doomed.length;
    },
  };
}
