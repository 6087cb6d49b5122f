// What was typed into a form that could not be done yet: kept on the server while the person logs in more strongly or
// reads what was wrong, and shown again in the same form. Never a password or a code.
import { createExpiringStore } from './expiring-store.ts';
import { randomId, type Session, sameSecret } from './session.ts';

export interface KeptForm {
  /** Of the form's page. */
  readonly path: string;
  readonly fields: Readonly<Record<string, string>>;
  /** Why it is shown again. */
  readonly problem: KeptProblem | undefined;
}

export interface KeptProblem {
  /** The word of the API, or `step-up`. */
  readonly code: string;
  readonly reason?: string | undefined;
  /** Names of fields that were not right. */
  readonly fields: readonly string[];
  readonly availableAt?: Date | undefined;
  /** Where a confirmation code has just been sent, masked. */
  readonly sentTo?: string | undefined;
}

export interface KeptForms {
  /** Keeps it for this session and gives its id. */
  keep(session: Session, form: KeptForm): string;
  /** Finds it for the same session and page; once, so that a reload shows an empty form. */
  take(session: Session, path: string, id: unknown): KeptForm | undefined;
}

const lifeSeconds = 15 * 60;
const mostForms = 5_000;
const secretFields = /pass|code|secret|csrf|key$/i;
const mostFields = 40;
const longest = 2_000;

/** Creates an empty store. */
export function createKeptForms({ now }: { now: () => Date }): KeptForms {
  const store = createExpiringStore<KeptForm & { readonly owner: string }>({
    ...{ now, maxEntries: mostForms, idleSeconds: lifeSeconds, maxAgeSeconds: lifeSeconds },
  });
  return {
    keep(session, { path, fields, problem }) {
      const id = randomId();
      const safe = Object.entries(fields)
        .filter(([name, value]) => !secretFields.test(name) && value.length <= longest)
        .slice(0, mostFields);
      store.set(id, { path, fields: Object.fromEntries(safe), problem, owner: session.subject });
      return id;
    },
    take(session, path, id) {
      if (typeof id !== 'string') return undefined;
      const found = store.find(id);
      // The session may be another one since the step-up, but the person must be the same.
      if (found === undefined || found.path !== path || !sameSecret(found.owner, session.subject)) return undefined;
      return store.take(id);
    },
  };
}
