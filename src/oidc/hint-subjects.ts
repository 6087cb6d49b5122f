// From the subject under which a client knows somebody back to the account: for `PCR:` hints and for ID tokens. A
// pairwise subject cannot be computed back, so an HMAC of it is kept from the first token on; a look-up is one row.
import type { Client } from 'oidc-provider';
import type { MasterKey } from '../ops/master-key.ts';
import type { Database } from '../storage/database.ts';
import { findSubject, rememberSubject } from '../storage/pairwise-subjects.ts';

export interface KnownSubjectsDeps {
  readonly database: Pick<Database, 'db'>;
  readonly issuer: string;
  readonly masterKey: Pick<MasterKey, 'index'>;
  readonly subjectOf: (client: Client, accountId: string) => string;
}

export interface KnownSubjects {
  /** The subject for a token; remembered, so that it can be found again. */
  tell(client: Client, accountId: string): Promise<string>;
  /** The account that this client knows so; undefined for a subject of another sector, or of nobody. */
  accountOf(client: Client, subject: string): Promise<string | undefined>;
}

// Subjects that this process has written already: a token is no reason to write the same row again.
const mostRemembered = 50_000;
const longestSubject = 255;

/** Makes the functions of one issuer. */
export function createKnownSubjects(deps: KnownSubjectsDeps): KnownSubjects {
  const { database, issuer, masterKey, subjectOf } = deps;
  const written = new Set<string>();
  const keyOf = (subject: string) => ({ issuer, subjectHash: masterKey.index('pairwise', subject) });
  return {
    async tell(client, accountId) {
      const subject = subjectOf(client, accountId);
      if (client.subjectType !== 'pairwise' || written.has(subject)) return subject;
      await rememberSubject(database.db, { ...keyOf(subject), accountId });
      if (written.size >= mostRemembered) written.clear();
      written.add(subject);
      return subject;
    },
    async accountOf(client, subject) {
      if (subject.length > longestSubject || subject.includes('\0')) return undefined;
      if (client.subjectType !== 'pairwise') return subject;
      const accountId = await findSubject(database.db, keyOf(subject));
      // What another sector knows is not for this client to use, even if it has got hold of it.
      return accountId !== undefined && subjectOf(client, accountId) === subject ? accountId : undefined;
    },
  };
}
