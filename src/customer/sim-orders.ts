// Ordering a SIM in the place of the one that a line has (mission 2.b, b4 to b6 and b10; B33 to B35, X48, X50). The card is
// taken out of the stock at once; line and old SIM go on until the new one is activated.
import type { StateRules } from '../authentication/policies.ts';
import { lineEvent } from '../enrolment/line-pending.ts';
import type { SimOrders } from '../enrolment/line-types.ts';
import { cancelSim } from '../enrolment/reserve-sim.ts';
import { type Msisdn, maskEmail, maskMsisdn, newId } from '../identifiers.ts';
import type { LineNotices } from '../messaging/line-notices.ts';
import { findAccountHolder } from '../storage/accounts.ts';
import { isAddressRecent } from '../storage/address-changes.ts';
import type { ContractRow } from '../storage/contract-tables.ts';
import { type Db, isUniqueViolation, type Tx } from '../storage/database.ts';
import { findRelatedLine, lockLine } from '../storage/line-changes.ts';
import type { OrderItem, OrderRow, OrderState } from '../storage/order-tables.ts';
import { findOrderByKey, insertOrder, listOrderSteps } from '../storage/orders.ts';
import type { SimRecipient } from '../storage/sim-order-tables.ts';
import { type FoundSimOrder, insertSimOrder, listSimOrders } from '../storage/sim-orders.ts';
import { findReservedSim, reserveStockSim } from '../storage/sim-replacement.ts';
import type { LineRow } from '../storage/tables.ts';
import { takeAllowedContract } from './contract-access.ts';
import { demandNow } from './current-service.ts';
import type { OrderMovingDeps } from './order-steps.ts';
import { tellOrder } from './order-telling.ts';
import { mayOnLine } from './permissions.ts';
import type {
  Address,
  CancelSimOrderOutcome,
  SimOrderCaller,
  SimOrderDesk,
  SimOrderOutcome,
  SimOrderState,
  SimOrderView,
  SimOrderWish,
} from './sim-order-types.ts';

export interface SimOrderDeps extends OrderMovingDeps {
  readonly lineNotices: Pick<LineNotices, 'simOrdered'>;
  readonly simOrders: SimOrders;
  readonly rules: StateRules;
  /** Of the brand: what a replacement costs nothing of. */
  readonly currency: (brand: string) => string;
  readonly randomBytes: (size: number) => Buffer;
}

/** Makes the desk over its dependencies. */
export function createSimOrderDesk(deps: SimOrderDeps): SimOrderDesk {
  const { db } = deps.database;
  return {
    order: (caller, wish) => order(deps, caller, wish),
    async list(caller, lineId) {
      if ((await findHeldLine(db, caller, lineId)) === undefined) return undefined;
      return await viewsOf(db, await listSimOrders(db, { lineId }));
    },
    async find(caller, lineId, orderId) {
      if ((await findHeldLine(db, caller, lineId)) === undefined) return undefined;
      return await readView(db, { lineId, orderId });
    },
    cancel: (caller, lineId, orderId) => cancel(deps, caller, { lineId, orderId }),
  };
}

/** The line with its contract, if the caller may order a SIM for it. A fixed line has none. */
async function findHeldLine(
  db: Db,
  { accountId, brand }: SimOrderCaller,
  lineId: string,
): Promise<(LineRow & { contractId: string }) | undefined> {
  const found = await findRelatedLine(db, { accountId, lineId });
  if (found === undefined || found.line.brand !== brand || found.line.kind === 'fixed') return undefined;
  const { contractId } = found.line;
  return contractId !== null && mayOnLine(found.relation, 'order-sim') ? { ...found.line, contractId } : undefined;
}

async function order(deps: SimOrderDeps, caller: SimOrderCaller, wish: SimOrderWish): Promise<SimOrderOutcome> {
  const { db } = deps.database;
  const line = await findHeldLine(db, caller, wish.lineId);
  if (line === undefined) return { kind: 'not-found' };
  // M* has been met: where a PIN can be given, it was.
  const provedByPin = caller.withPin && (await demandNow(deps, caller.accountId)).kind === 'sim-pin';
  try {
    return await deps.database.transaction((tx) =>
      place(deps, tx, { caller, wish, provedByPin, contractId: line.contractId }),
    );
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    return { kind: 'order-open' };
  }
}

interface Placing {
  readonly caller: SimOrderCaller;
  readonly wish: SimOrderWish;
  readonly provedByPin: boolean;
  readonly contractId: string;
}

async function place(deps: SimOrderDeps, tx: Tx, placing: Placing): Promise<SimOrderOutcome> {
  const { wish, contractId } = placing;
  const { accountId } = placing.caller;
  // The contract first: its address and its holder stay what they are. The second of two orders waits at the line.
  const held = await takeAllowedContract(tx, { accountId, contractId, action: 'own' });
  const line = await lockLine(tx, wish.lineId);
  if (held === undefined || line?.contractId !== contractId) return { kind: 'not-found' };
  const before = await findOrderByKey(tx, { accountId, idempotencyKey: wish.idempotencyKey });
  if (before !== undefined) return await orderedBefore(tx, before, wish);
  if ((await findReservedSim(tx, line.id)) !== undefined) return { kind: 'order-open' };
  const checked = await check(tx, placing, held.contract);
  if ('kind' in checked) return checked;
  const sim = await reserveStockSim(tx, { lineId: line.id, iccid: undefined });
  if (sim === undefined) return { kind: 'no-sim' };
  const made = await write(deps, tx, { ...checked, placing, line, simId: sim.id });
  return { kind: 'ordered', order: made };
}

/** The same intent again finds its order; another one under the same key is refused. */
async function orderedBefore(tx: Tx, before: OrderRow, { lineId }: SimOrderWish): Promise<SimOrderOutcome> {
  const view = before.lineId === lineId ? await readView(tx, { lineId, orderId: before.id }) : undefined;
  return view === undefined ? { kind: 'key-reused' } : { kind: 'ordered', order: view };
}

interface Checked {
  readonly recipient: SimRecipient;
  readonly address: Address;
}

/** Who gets it and where, or what is in the way. */
async function check(
  tx: Tx,
  { caller, wish, provedByPin }: Placing,
  contract: ContractRow,
): Promise<Checked | SimOrderOutcome> {
  const { givenName, familyName } = (await findAccountHolder(tx, caller.accountId)) ?? {};
  if (givenName == null || familyName == null) return { kind: 'not-found' };
  const onFile = { givenName, familyName };
  const fields = (['givenName', 'familyName'] as const).filter((name) => !sameName(wish[name], onFile[name]));
  if (fields.length > 0) return { kind: 'wrong-names', fields };
  const address = wish.address ?? contract.address;
  if (address === null) return { kind: 'no-address' };
  const isOnFile = contract.address !== null && sameAddress(address, contract.address);
  if (!isOnFile && !provedByPin) return { kind: 'other-address' };
  // Whoever changed it lately may not be the one who lives there (X48, X50).
  if (await isAddressRecent(tx, contract.id)) return { kind: 'address-changed' };
  return { recipient: { title: wish.title, ...onFile }, address };
}

/** As people write their names: without a view to case, accents, hyphens. */
function sameName(typed: string, onFile: string): boolean {
  return plain(typed) === plain(onFile);
}

function sameAddress(one: Address, other: Address): boolean {
  const parts = ({ street, complement = '', postCode, city, country }: Address) =>
    [street, complement, postCode, city, country].map(plain).join('|');
  return parts(one) === parts(other);
}

function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[\s'’,.-]+/g, ' ')
    .trim()
    .toLowerCase();
}

interface Writing extends Checked {
  readonly placing: Placing;
  readonly line: LineRow;
  readonly simId: string;
}

async function write(deps: SimOrderDeps, tx: Tx, { placing, line, simId, ...to }: Writing): Promise<SimOrderView> {
  const { contractId, wish } = placing;
  const { accountId } = placing.caller;
  const { lineId, idempotencyKey, reason, contact } = wish;
  const items = [replacement(deps.currency(line.brand))];
  const id = newId('ord', deps.randomBytes);
  const type = 'sim' as const;
  const made = await insertOrder(tx, {
    ...{ id, brand: line.brand, accountId, contractId, lineId, type, items, idempotencyKey, termsVersion: null },
  });
  await insertSimOrder(tx, { orderId: id, simId, reason, contact, ...to });
  await deps.audit.simReserved(tx, { lineId, by: { kind: 'account', accountId }, simId });
  await deps.audit.orderPlaced(tx, { accountId, orderId: id, contractId, type, relation: 'holder' });
  await tellOrder(deps, tx, made);
  // A suspended phone may be in a thief's hands.
  if (line.status === 'active') await deps.lineNotices.simOrdered(tx, await lineEvent(deps, tx, line));
  const view = await readView(tx, { lineId, orderId: id });
  if (view === undefined) throw new Error('an order that was written was not there');
  return view;
}

function replacement(unit: string): OrderItem {
  const name = { fr: 'Carte SIM de remplacement', en: 'Replacement SIM' };
  return { action: 'add', what: 'sim', id: 'sim-replacement', name, price: { unit, minor: 0 }, recurring: false };
}

async function cancel(
  deps: SimOrderDeps,
  caller: SimOrderCaller,
  { lineId, orderId }: { lineId: string; orderId: string },
): Promise<CancelSimOrderOutcome> {
  const { db } = deps.database;
  const found = (await findHeldLine(db, caller, lineId)) && (await listSimOrders(db, { lineId, orderId }))[0];
  if (found === undefined) return { kind: 'not-found' };
  const by = { kind: 'account' as const, accountId: caller.accountId };
  if (found.order.state !== 'cancelled') await cancelSim(deps, { lineId, by, simId: found.details.simId });
  // Whatever came of it: of cancelling and activating at once, one has won.
  const view = await readView(db, { lineId, orderId });
  return view?.state === 'cancelled' ? { kind: 'cancelled', order: view } : { kind: 'too-late' };
}

async function readView(db: Db, which: { lineId: string; orderId: string }): Promise<SimOrderView | undefined> {
  const [view] = await viewsOf(db, await listSimOrders(db, which));
  return view;
}

async function viewsOf(db: Db, found: readonly FoundSimOrder[]): Promise<SimOrderView[]> {
  const steps = await listOrderSteps(
    db,
    found.map(({ order: { id } }) => id),
  );
  return found.map(({ order: { id, lineId, state, createdAt }, details }) => ({
    ...{ id, lineId: lineId ?? '', state: shownState[state], reason: details.reason, orderedAt: createdAt },
    recipient: [details.recipient.givenName, details.recipient.familyName].join(' '),
    address: details.address,
    contact: maskContact(details.contact),
    mayCancel: state !== 'done' && state !== 'cancelled',
    timeline: steps
      .filter(({ orderId }) => orderId === id)
      .map((step) => ({ state: shownState[step.state], at: step.at })),
  }));
}

const shownState: Readonly<Record<OrderState, SimOrderState>> = {
  created: 'ordered',
  confirmed: 'ordered',
  preparing: 'ordered',
  shipped: 'shipped',
  delivered: 'delivered',
  done: 'activated',
  cancelled: 'cancelled',
};

function maskContact({ emailAddress, phoneNumber }: SimOrderView['contact']): SimOrderView['contact'] {
  return {
    ...(emailAddress === undefined ? {} : { emailAddress: maskEmail(emailAddress) }),
    ...(phoneNumber === undefined ? {} : { phoneNumber: maskMsisdn(phoneNumber as Msisdn) }),
  };
}
