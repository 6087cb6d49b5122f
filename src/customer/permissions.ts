// Who may do what with a line or a contract, and how strongly it must be proved. Pure (mission 3, 4.1 and 4.9).
import type { StrongDemand } from '../enrolment/line-desk-types.ts';

/** How an account has to do with a line; `linked`: only by Mobile Connect on it, which its user does. */
export type LineRelation = 'holder' | 'proxy' | 'user' | 'linked';

export type LineAction = 'read' | 'suspend' | 'reactivate' | 'activate-sim' | 'read-puk' | 'diagnose' | 'order-sim';

const everything: readonly LineAction[] = ['read', 'suspend', 'reactivate', 'activate-sim', 'read-puk', 'diagnose'];

const rights: Record<LineRelation, readonly LineAction[]> = {
  holder: [...everything, 'order-sim'],
  user: everything,
  linked: everything,
  // Whoever lives together may cut a lost phone or have it tested, and no more.
  proxy: ['read', 'suspend', 'diagnose'],
};

/** True if the relation allows it. */
export function mayOnLine(relation: LineRelation, action: LineAction): boolean {
  return rights[relation].includes(action);
}

export type ContractRelation = 'holder' | 'proxy' | 'user';

/**
 * `view`: that it is there, its offer and lines · `home`: what stands at home · `manage`: options, plan, label, top-ups,
 * controls · `use`: consumption · `pay`: invoices · `diagnose` · `own`: address, bank, renewal, proxies, mailboxes.
 */
export type ContractAction = 'view' | 'home' | 'manage' | 'use' | 'pay' | 'diagnose' | 'detach' | 'own';

const contractRights: Record<ContractRelation, readonly ContractAction[]> = {
  holder: ['view', 'home', 'manage', 'use', 'pay', 'diagnose', 'detach', 'own'],
  proxy: ['view', 'home', 'manage', 'use', 'pay', 'diagnose', 'detach'],
  // Of the own line only; whoever reads must not show the others.
  user: ['view', 'use', 'diagnose'],
};

/** True if the relation allows it (mission 3, permission matrix). */
export function mayOnContract(relation: ContractRelation, action: ContractAction): boolean {
  return contractRights[relation].includes(action);
}

/** An account's line with Mobile Connect: its state, and until when if that ends by itself. */
export interface LinkState {
  readonly state: string;
  readonly until: Date | null;
}

/** Decides M* over the account's links (mission 4.1): whoever can use a PIN must; a lock is not gone round. */
export function strongDemand(links: readonly LinkState[]): StrongDemand {
  if (links.some(({ state }) => state === 'ACTIVE')) return { kind: 'sim-pin' };
  const ends = links
    .filter(({ state }) => state === 'LOCKED' || state === 'NEW_SIM_HOLD')
    .flatMap(({ until }) => (until === null ? [] : [until.getTime()]));
  return ends.length === 0 ? { kind: 'code' } : { kind: 'later', availableAt: new Date(Math.min(...ends)) };
}
