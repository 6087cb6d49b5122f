// What staff see of a subscriber: the line, its SIM, the state of the service, the accounts. Numbers are masked.
import { effectiveState, type StateRules } from '../authentication/policies.ts';
import { asMsisdn, parseIdentifier } from '../authentication/sign-in-identifier.ts';
import { maskEmail, maskMsisdn } from '../identifiers.ts';
import type { MasterKey } from '../ops/master-key.ts';
import { type Db, readAppNow } from '../storage/database.ts';
import {
  findAccountByIdentifier,
  findLineByNumber,
  type LineState,
  listEnrolledLines,
  listLinkedAccounts,
} from '../storage/subscribers.ts';
import type { AccountRow } from '../storage/tables.ts';

export interface ViewDeps {
  readonly db: Db;
  readonly masterKey: Pick<MasterKey, 'index'>;
  readonly brand: string;
  readonly rules: StateRules;
}

/** Finds by number or e-mail address; undefined if there is neither line nor account, or the text is no identifier. */
export async function describeSubscriber(deps: ViewDeps, text: string): Promise<object | undefined> {
  const { db, masterKey, brand } = deps;
  const identifier = parseIdentifier(text);
  if (identifier === undefined) return undefined;
  const { kind, value } = identifier;
  const account = await findAccountByIdentifier(db, { brand, kind, lookupHash: masterKey.index(kind, value) });
  const line = identifier.kind === 'msisdn' ? await findLineByNumber(db, asMsisdn(identifier)) : undefined;
  if (account === undefined && line === undefined) return undefined;
  const lines = line === undefined ? await listEnrolledLines(db, account?.id ?? '') : [line];
  return {
    account: account && accountView(account),
    lines: await Promise.all(lines.map((one) => lineView(deps, one))),
  };
}

function accountView({ id, label, kind, status, contactEmail, locale, createdAt }: AccountRow) {
  return { id, label, kind, status, contactEmail: contactEmail && maskEmail(contactEmail), locale, createdAt };
}

async function lineView({ db, rules }: ViewDeps, state: LineState): Promise<object> {
  const { line, sim, enrolment } = state;
  return {
    id: line.id,
    number: maskMsisdn(line.msisdn),
    status: line.status,
    service: effectiveState(state, rules, await readAppNow(db)),
    sim: sim && {
      id: sim.id,
      iccidEnd: sim.iccid.slice(-4),
      origin: sim.origin,
      appletCapable: sim.appletCapable,
      packetCounter: sim.packetCounter,
      appletCounter: sim.appletCounter,
    },
    enrolment: enrolment && {
      id: enrolment.id,
      triesLeft: enrolment.triesLeft,
      lockedUntil: enrolment.lockedUntil,
      holdUntil: enrolment.holdUntil,
      lastUsedAt: enrolment.lastUsedAt,
      accounts: (await listLinkedAccounts(db, enrolment.id)).map(({ id, label }) => ({ id, label })),
    },
  };
}
