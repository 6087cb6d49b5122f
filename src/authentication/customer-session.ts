// The session of the service's own pages: begun with the account's password, short, kept sealed under the hash of its
// token. It is none of the provider's sessions and opens nothing at a relying party.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { AccountId } from '../identifiers.ts';
import type { MasterKey } from '../ops/master-key.ts';
import type { Database } from '../storage/database.ts';
import type { EphemeralStore } from '../storage/ephemeral.ts';
import { findPasswordVersion } from '../storage/passwords.ts';
import { findAccount } from '../storage/subscribers.ts';

const recordSchema = z.object({
  accountId: z.string(),
  passwordAt: z.iso.datetime(),
  identifier: z.object({ kind: z.enum(['msisdn', 'email']), value: z.string() }),
  /** Of the password that it was begun with; sessions of an earlier release have none and end. */
  version: z.number().default(-1),
});

export interface CustomerSession {
  /** Names the session to forms; not the token, and opens nothing. */
  readonly id: string;
  readonly accountId: AccountId;
  /** What an account chooser would show. */
  readonly accountLabel: string;
  readonly brand: string;
  /** When the password was right. */
  readonly passwordAt: Date;
  /** What the person typed to say who she is, in its normal form. */
  readonly identifier: { readonly kind: 'msisdn' | 'email'; readonly value: string };
}

export type NewCustomerSession = Pick<CustomerSession, 'accountId' | 'passwordAt' | 'identifier'>;

export interface CustomerSessions {
  /** Opens a session; returns the token for the browser's cookie. */
  begin(session: NewCustomerSession): Promise<string>;
  /** The session of a token, while it lives and its account does. */
  find(token: string): Promise<CustomerSession | undefined>;
  end(token: string): Promise<void>;
  /** True while the password is recent enough for what demands it (A18). */
  isFresh(session: Pick<CustomerSession, 'passwordAt'>): boolean;
}

export interface CustomerSessionDeps {
  readonly database: Pick<Database, 'db'>;
  readonly ephemeral: EphemeralStore;
  readonly masterKey: MasterKey;
  readonly now: () => Date;
  readonly randomBytes: (size: number) => Buffer;
  readonly rules: { readonly sessionMinutes: number; readonly freshSeconds: number };
}

const kind = 'customer-session';

/** Makes the sessions; their life is counted from the login, whatever is done in them. */
export function createCustomerSessions(deps: CustomerSessionDeps): CustomerSessions {
  const { ephemeral, masterKey, rules } = deps;
  const keyOf = (token: string): string => createHash('sha256').update(token).digest('base64url');
  const place = (key: string) => ({ table: 'ephemeral_records', column: 'value', row: `${kind}/${key}` });
  return {
    async begin({ accountId, passwordAt, identifier }) {
      const token = deps.randomBytes(32).toString('base64url');
      const key = keyOf(token);
      const version = await findPasswordVersion(deps.database.db, accountId);
      const record = JSON.stringify({ accountId, passwordAt: passwordAt.toISOString(), identifier, version });
      const value = masterKey.seal(place(key), record);
      await ephemeral.put(kind, key, { value, ttlSeconds: rules.sessionMinutes * 60 });
      return token;
    },
    async find(token) {
      const key = keyOf(token);
      const found = await ephemeral.find(kind, key);
      if (found === undefined) return undefined;
      const plain = masterKey.open(place(key), z.string().parse(found.value)).toString();
      const record = recordSchema.parse(JSON.parse(plain));
      const account = await findAccount(deps.database.db, record.accountId);
      const version = await findPasswordVersion(deps.database.db, record.accountId);
      // Ends with the password that opened it (B09).
      if (account?.status !== 'active' || version !== record.version) return undefined;
      const { id: accountId, label: accountLabel, brand } = account;
      const passwordAt = new Date(record.passwordAt);
      return { id: key, accountId, accountLabel, brand, passwordAt, identifier: record.identifier };
    },
    end: (token) => ephemeral.remove(kind, keyOf(token)),
    isFresh: ({ passwordAt }) => deps.now().getTime() - passwordAt.getTime() <= rules.freshSeconds * 1_000,
  };
}
