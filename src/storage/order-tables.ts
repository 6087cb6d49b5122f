// Row types of migrations 0016 and 0024: notifications, questions and feedback, orders with what they change and cost,
// appointments.
import type { ColumnType, Generated, GeneratedAlways, Selectable } from 'kysely';
import type { AccountId } from '../identifiers.ts';

type Json<T> = ColumnType<T, string, string>;

/** The same words in both languages, where a name differs. */
export interface LocalText {
  readonly fr: string;
  readonly en: string;
}

/** Values that the words of a notification are filled with. */
export type NotificationParams = Readonly<Record<string, string | number | LocalText>>;

export type NotificationTopic = 'security' | 'billing' | 'usage' | 'order' | 'case' | 'proxy' | 'info';

export interface Notification {
  id: string;
  accountId: AccountId;
  topic: NotificationTopic;
  key: string;
  params: Json<NotificationParams>;
  link: string | null;
  eventId: string;
  createdAt: Date;
  readAt: Date | null;
  /** Rises with each: the order of those of one moment. */
  position: GeneratedAlways<number>;
}

export interface ContactRequest {
  id: string;
  accountId: AccountId;
  topic: string;
  text: string;
  idempotencyKey: string;
  createdAt: Date;
  answer: string | null;
  answeredAt: Date | null;
}

export interface Feedback {
  id: string;
  brand: string;
  page: string;
  rating: number;
  text: string;
  givenOn: ColumnType<Date, string, never>;
}

export type OrderType = 'option' | 'offer_change' | 'renewal' | 'handset' | 'sim' | 'topup';
export type OrderState = 'created' | 'confirmed' | 'preparing' | 'shipped' | 'delivered' | 'done' | 'cancelled';

/** An amount in the smallest unit of a currency: cents of EUR. */
export interface Amount {
  readonly unit: string;
  readonly minor: number;
}

/** A thing of an order, with name and price as they were when it was made. */
export interface OrderItem {
  readonly action: 'add' | 'modify' | 'delete';
  readonly what: 'offer' | 'option' | 'handset' | 'sim';
  readonly id: string;
  readonly name: LocalText;
  readonly price: Amount;
  readonly recurring: boolean;
}

export interface Order {
  id: string;
  brand: string;
  accountId: AccountId;
  contractId: string | null;
  /** Of an order for one line: a replacement SIM. */
  lineId: string | null;
  type: OrderType;
  items: Json<readonly OrderItem[]>;
  state: OrderState;
  idempotencyKey: string;
  termsVersion: string | null;
  createdAt: Date;
  /** One such order at a time for a contract. */
  changesPlan: Generated<boolean>;
}

/** Of an order that costs something at once. */
export interface OrderPurchase {
  orderId: string;
  method: 'card' | 'deferred';
  unit: string;
  totalMinor: number;
  handsetId: string;
}

/** How many are left of a model that is counted. */
export interface HandsetStock {
  brand: string;
  handsetId: string;
  remaining: number;
}

export interface OrderStep {
  orderId: string;
  state: OrderState;
  at: Date;
}

export interface ContractOption {
  id: string;
  contractId: string;
  optionId: string;
  unit: string;
  priceMinor: number;
  recurring: boolean;
  orderId: string | null;
  /** The order that ends it, once there is one. */
  endingOrderId: string | null;
  orderedAt: Date;
  /** Null while its order is worked on. */
  since: Date | null;
  until: Date | null;
}

export interface SubscriptionItem {
  id: string;
  contractId: string;
  category: 'tv' | 'video' | 'music' | 'reading' | 'games' | 'other';
  partner: string;
  name: string;
  unit: string;
  priceMinor: number;
  period: 'month' | 'year';
  status: 'active' | 'ending' | 'ended';
  since: Date;
  nextChargeAt: Date | null;
}

export interface Commitment {
  contractId: string;
  orderId: string | null;
  renewedAt: Date;
  until: Date;
}

export interface Appointment {
  id: string;
  brand: string;
  shopId: string;
  startsAt: Date;
  accountId: AccountId;
  idempotencyKey: string;
  createdAt: Date;
  cancelledAt: Date | null;
}

export interface OrderTables {
  notifications: Notification;
  contactRequests: ContactRequest;
  feedback: Feedback;
  orders: Order;
  orderSteps: OrderStep;
  orderPurchases: OrderPurchase;
  handsetStock: HandsetStock;
  contractOptions: ContractOption;
  subscriptionItems: SubscriptionItem;
  commitments: Commitment;
  appointments: Appointment;
}

export type NotificationRow = Selectable<Notification>;
export type ContactRequestRow = Selectable<ContactRequest>;
export type OrderRow = Selectable<Order>;
export type OrderStepRow = Selectable<OrderStep>;
export type ContractOptionRow = Selectable<ContractOption>;
export type SubscriptionItemRow = Selectable<SubscriptionItem>;
export type AppointmentRow = Selectable<Appointment>;
