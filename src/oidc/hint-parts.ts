// Hints of one issuer put together: what opens them, and what a login in the browser makes of them.
import type { Client } from 'oidc-provider';
import type { Country } from '../identifiers.ts';
import type { MasterKey } from '../ops/master-key.ts';
import { accountHasIdentifier, findPrimaryNumber } from '../storage/accounts.ts';
import type { Database } from '../storage/database.ts';
import type { EphemeralStore } from '../storage/ephemeral.ts';
import { createRedirectHints, type RedirectHints } from './hint-redirect.ts';
import type { KnownSubjects } from './hint-subjects.ts';
import { createHintTokens, type HintTokens } from './hint-token.ts';
import type { LoadedKeys } from './keys.ts';

export interface HintPartsDeps {
  readonly issuer: string;
  readonly country: Country;
  readonly database: Pick<Database, 'db'>;
  readonly masterKey: Pick<MasterKey, 'seal' | 'open' | 'derive' | 'index'>;
  readonly ephemeral: EphemeralStore;
  readonly subjects: KnownSubjects;
  readonly subjectOf: (client: Client, accountId: string) => string;
  /** The keys of this moment. */
  readonly keys: () => LoadedKeys;
  readonly now: () => Date;
  readonly randomBytes: (size: number) => Buffer;
}

export interface HintParts {
  readonly tokens: HintTokens;
  readonly redirect: RedirectHints;
}

/** Makes both. */
export function createHintParts(deps: HintPartsDeps): HintParts {
  const { database, masterKey } = deps;
  const tokens = createHintTokens(deps);
  const redirect = createRedirectHints({
    ...deps,
    tokens,
    async opens({ kind, value }, accountId) {
      return await accountHasIdentifier(database.db, accountId, { kind, lookupHash: masterKey.index(kind, value) });
    },
    numberOf: (accountId) => findPrimaryNumber(database.db, accountId),
  });
  return { tokens, redirect };
}
