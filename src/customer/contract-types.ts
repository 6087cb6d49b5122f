// What pages and APIs can ask of a customer's contracts. A contract that is not hers is not there.
import type { AccountId } from '../identifiers.ts';
import type { Address, HomeEquipment } from '../storage/contract-tables.ts';

export type ContractKind = 'MOBILE' | 'INTERNET' | 'FIXE' | 'OPEN';

export interface ContractSummary {
  readonly id: string;
  readonly kind: ContractKind;
  readonly segment: 'consumer' | 'professional';
  readonly relation: 'holder' | 'proxy' | 'user';
  /** The account's own name for it. */
  readonly label: string | null;
  readonly status: 'active' | 'suspended';
  readonly startedAt: Date;
  readonly since: Date;
  readonly payMode: 'postpaid' | 'prepaid';
  readonly offerId: string | null;
  /** The lines that the caller may see: full numbers for the holder and the user of a line, masked for proxies. */
  readonly lines: readonly { readonly id: string; readonly number: string; readonly kind: string }[];
  readonly fixedLineNumber: string | undefined;
}

export interface ContractDetail extends ContractSummary {
  /** For the holder only. */
  readonly address: Address | undefined;
  /** What is printed on the holder's papers; for the holder only. */
  readonly references: { readonly customer: string; readonly contract: string } | undefined;
  readonly may: {
    readonly manage: boolean;
    readonly own: boolean;
    readonly pay: boolean;
    /** Order on the next bill: of a contract that gets bills, by its holder and whom she lets. */
    readonly defer: boolean;
  };
}

export interface ProxyView {
  readonly id: string;
  /** Masked: `E*** M***`. */
  readonly name: string;
  readonly since: Date;
  readonly grantedVia: 'sms_code' | 'identifiers';
  /** May order on the bill of the contract. */
  readonly mayDefer: boolean;
}

export interface ContractFilter {
  readonly kind?: ContractKind | undefined;
  readonly relation?: 'holder' | 'proxy' | 'user' | undefined;
}

export interface ContractDesk {
  list(accountId: AccountId, filter: ContractFilter): Promise<ContractSummary[]>;
  find(accountId: AccountId, contractId: string): Promise<ContractDetail | undefined>;
  /** Null takes the name away. False: no such contract, or it may not be named. */
  rename(accountId: AccountId, contractId: string, label: string | null): Promise<boolean>;
  /** What stands at home; undefined for a contract without it (B23). */
  home(accountId: AccountId, contractId: string): Promise<HomeEquipment | undefined>;
  /** Takes the contract out of the account's area; the contract itself and other areas stay (C08). */
  detach(accountId: AccountId, contractId: string): Promise<boolean>;
  /** Who manages it by proxy; undefined for all but its holder. */
  proxies(accountId: AccountId, contractId: string): Promise<ProxyView[] | undefined>;
  /** Lets a proxy order on the bill of the contract, or not any more; by its holder. Undefined: no such proxy. */
  setProxyDeferral(
    accountId: AccountId,
    contractId: string,
    wish: { readonly proxyId: string; readonly mayDefer: boolean },
  ): Promise<ProxyView | undefined>;
  /** Ends a proxy, at once. */
  endProxy(accountId: AccountId, contractId: string, proxyId: string): Promise<boolean>;
}
