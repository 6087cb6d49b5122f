// What the simulator gets to play the test SIMs: their own keys, never a root or the master key (sim-channel 5.7).
import type { SimKeyring } from '../authentication/sim-keyring.ts';
import type { Db } from '../storage/database.ts';
import { listTestSims } from '../storage/provisioning.ts';

/** What only the card and its user know; given by whoever made the card. */
export interface CardSecrets {
  readonly pin: string;
  /** K_pin, the 32-octet scalar in hexadecimal. */
  readonly pinKeyPrivate: string;
}

/** How a simulated phone begins. */
export interface PhoneStart {
  readonly label?: string;
  readonly power?: 'on' | 'off';
  readonly behaviour?: Readonly<Record<string, unknown>>;
  /** What the network sees of it; the simulator makes one up by default. */
  readonly handset?: { readonly model: string; readonly imei: string };
}

export interface SimExport {
  readonly format: 'mid-sim-export/1';
  readonly origin: 'test';
  readonly tar: string;
  readonly sims: readonly Readonly<Record<string, unknown>>[];
}

/** Writes the export of all SIMs of origin `test`. Contains keys: keep the file to mode 0600. */
export async function exportTestSims(
  db: Db,
  keyring: SimKeyring,
  about: { secrets: ReadonlyMap<string, CardSecrets>; phones: ReadonlyMap<string, PhoneStart> },
): Promise<SimExport> {
  const sims = [];
  for (const sim of await listTestSims(db)) {
    const keys = await keyring.keysOf(db, sim);
    const secrets = about.secrets.get(sim.iccid);
    const phone = about.phones.get(sim.iccid);
    sims.push({
      iccid: sim.iccid,
      msisdn: sim.msisdn,
      serial13: sim.serial13,
      keyVersion: sim.keyVersion,
      keys: {
        kic: keys.kic.toString('hex'),
        kid: keys.kid.toString('hex'),
        kdev: keys.kdev.toString('hex'),
        kadm: keys.kadm.toString('hex'),
      },
      appletCapable: sim.appletCapable,
      pin: secrets?.pin ?? null,
      kpinPrivate: secrets?.pinKeyPrivate ?? null,
      behaviour: phone?.behaviour ?? { mode: 'manual' },
      power: phone?.power ?? 'on',
      label: phone?.label ?? '',
      ...(phone?.handset && { handset: phone.handset }),
      device: sim.lineKind === '4g-box' ? '4g-box' : 'phone',
    });
  }
  return { format: 'mid-sim-export/1', origin: 'test', tar: '4d4944', sims };
}
