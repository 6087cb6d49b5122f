// The keys of a SIM: derived from its root when they are needed, and the MAC that guards its credential row.
import { timingSafeEqual } from 'node:crypto';
import { type Iccid, iccidOctets } from '../identifiers.ts';
import type { SimScope } from '../messaging/applet-message.ts';
import { defaultTar } from '../messaging/ota-packet.ts';
import { deriveSimKeys, type SimKeys } from '../messaging/sim-keys.ts';
import type { MasterKey } from '../ops/master-key.ts';
import type { Db } from '../storage/database.ts';
import { findWrappedRoot } from '../storage/subscribers.ts';

/** What a SIM row says about its keys. */
export interface SimKeyReference {
  readonly iccid: Iccid;
  readonly rootId: number;
  readonly keyVersion: number;
}

export interface SimKeyring {
  /** Throws when the root that the row names does not exist or cannot be opened. */
  keysOf(db: Db, sim: SimKeyReference): Promise<SimKeys>;
}

/** Where a SIM root stands, for sealing it. */
export function rootPlace(rootId: number) {
  return { table: 'sim_roots', column: 'wrapped_key', row: String(rootId), purpose: 'wrap-sim' } as const;
}

/** Makes a keyring; opened roots stay in memory for the life of the process. */
export function createSimKeyring(masterKey: MasterKey): SimKeyring {
  const roots = new Map<number, Buffer>();
  return {
    async keysOf(db, sim) {
      let root = roots.get(sim.rootId);
      if (root === undefined) {
        const wrapped = await findWrappedRoot(db, sim.rootId);
        if (wrapped === undefined) throw new Error(`there is no SIM root ${sim.rootId}`);
        root = masterKey.open(rootPlace(sim.rootId), wrapped);
        roots.set(sim.rootId, root);
      }
      return deriveSimKeys(root, iccidOctets(sim.iccid), sim.keyVersion);
    },
  };
}

/** What binds an application message to this SIM. */
export function scopeOf(sim: SimKeyReference): SimScope {
  return { iccidOctets: iccidOctets(sim.iccid), tar: defaultTar(), keyVersion: sim.keyVersion };
}

/** The facts of an enrolment that nobody may change behind our back. */
export interface Credential {
  readonly iccid: Iccid;
  readonly enrolmentId: string;
  readonly accountIds: readonly string[];
  readonly pinKey: Buffer | null;
  readonly provenance: string | null;
  /** Until then the PIN is worth less; null or missing: it counts in full. */
  readonly trustedFrom?: Date | null;
}

/** The MAC over a credential (sim-channel 5.7): write access to the table is not enough to become somebody. */
export function credentialMac(masterKey: MasterKey, credential: Credential): Buffer {
  const { iccid, enrolmentId, accountIds, pinKey, provenance, trustedFrom = null } = credential;
  const text = JSON.stringify([
    iccid,
    enrolmentId,
    [...accountIds].sort(),
    pinKey?.toString('hex') ?? null,
    provenance,
    // A PIN that counts in full has the MAC that it had before there were others.
    ...(trustedFrom === null ? [] : [trustedFrom.toISOString()]),
  ]);
  return masterKey.rowMac(Buffer.from(text));
}

/** True if the stored MAC is that of the credential. */
export function credentialHolds(masterKey: MasterKey, credential: Credential, stored: Buffer | null): boolean {
  const mac = credentialMac(masterKey, credential);
  return stored !== null && stored.length === mac.length && timingSafeEqual(stored, mac);
}
