// Seals the credential of an enrolment: after every change of its key, its provenance or the accounts that it opens.
import { credentialMac } from '../authentication/sim-keyring.ts';
import type { MasterKey } from '../ops/master-key.ts';
import type { Tx } from '../storage/database.ts';
import { takeEnrolment, writeCredentialMac } from '../storage/enrolments.ts';
import { findSim, listLinkIds } from '../storage/subscribers.ts';

/** Computes the MAC over what the row says now and stores it (sim-channel 5.7). Throws if there is no such row. */
export async function sealCredential(tx: Tx, masterKey: MasterKey, enrolmentId: string): Promise<void> {
  const enrolment = await takeEnrolment(tx, enrolmentId);
  const sim = enrolment && (await findSim(tx, enrolment.simId));
  if (enrolment === undefined || sim === undefined) throw new Error('there is no credential to seal');
  const accountIds = await listLinkIds(tx, enrolmentId);
  const { pinKey, pinKeyProvenance: provenance, pinTrustedFrom: trustedFrom } = enrolment;
  const mac = credentialMac(masterKey, { iccid: sim.iccid, enrolmentId, accountIds, pinKey, provenance, trustedFrom });
  await writeCredentialMac(tx, enrolmentId, mac);
}
