// Row types of contracts and of who manages them.
import type { ColumnType, Generated, Selectable } from 'kysely';
import type { AccountId } from '../identifiers.ts';

type Json<T> = ColumnType<T, string, string>;

/** A postal address in the country of the brand. */
export interface Address {
  readonly street: string;
  readonly complement?: string | undefined;
  readonly postCode: string;
  readonly city: string;
  readonly country: string;
}

/** What stands at home: of contracts with a fixed line or Internet. */
export interface HomeEquipment {
  readonly fixedLineNumber?: string | undefined;
  /** Megabits per second. */
  readonly speedDown?: number | undefined;
  readonly speedUp?: number | undefined;
  readonly sharedWifi?: boolean | undefined;
  readonly tvDecoder?: { readonly model: string; readonly serial: string } | undefined;
}

export interface Contract {
  id: string;
  brand: string;
  kind: 'MOBILE' | 'INTERNET' | 'FIXE' | 'OPEN';
  segment: 'consumer' | 'professional';
  offerRange: string;
  holderPersonId: string | null;
  customerRef: string;
  contractRef: string;
  status: Generated<string>;
  startedAt: Date;
  offerId: string | null;
  payMode: Generated<'postpaid' | 'prepaid'>;
  endedAt: Date | null;
  address: Json<Address> | null;
  /** When its holder last changed it. */
  addressChangedAt: Date | null;
  home: Json<HomeEquipment> | null;
}

export interface AccountContract {
  accountId: AccountId;
  contractId: string;
  relation: 'holder' | 'proxy' | 'user';
  since: Date;
  /** The account's own name for it. */
  label: string | null;
}

export interface Proxy {
  id: string;
  contractId: string;
  accountId: AccountId;
  grantedVia: 'sms_code' | 'identifiers';
  approvedByLineId: string | null;
  codeId: string | null;
  /** The holder lets this proxy order on the bill of the contract. */
  mayDefer: Generated<boolean>;
  since: Date;
  endedAt: Date | null;
  endReason: string | null;
}

export interface ContractTables {
  contracts: Contract;
  accountContracts: AccountContract;
  proxies: Proxy;
}

export type ContractRow = Selectable<Contract>;
export type ProxyRow = Selectable<Proxy>;
