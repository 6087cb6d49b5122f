// Is an enrolment still what we wrote? Checked when an answer is judged and again when somebody is let in.
import type { MasterKey } from '../ops/master-key.ts';
import type { Db } from '../storage/database.ts';
import { listLinkIds } from '../storage/subscribers.ts';
import type { EnrolmentRow, SimRow } from '../storage/tables.ts';
import { credentialHolds } from './sim-keyring.ts';

/** True if the MAC over ICCID, links, key, provenance and worth holds: write access to the tables is not enough (5.7). */
export async function credentialIntact(
  db: Db,
  masterKey: MasterKey,
  { sim, enrolment }: { sim: Pick<SimRow, 'iccid'>; enrolment: EnrolmentRow },
): Promise<boolean> {
  const accountIds = await listLinkIds(db, enrolment.id);
  const { id: enrolmentId, pinKey, pinKeyProvenance: provenance, pinTrustedFrom: trustedFrom } = enrolment;
  const credential = { iccid: sim.iccid, enrolmentId, accountIds, pinKey, provenance, trustedFrom };
  return credentialHolds(masterKey, credential, enrolment.credentialMac);
}
