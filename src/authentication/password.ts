// Account passwords: Argon2id with OWASP's parameters, one verification at a time for each core or so,
// and the same work for an account that does not exist.
import { argon2id, hash, verify } from 'argon2';

export interface PasswordCost {
  readonly memoryKib: number;
  readonly passes: number;
}

/** OWASP Password Storage Cheat Sheet: Argon2id, 19 MiB, two passes, one lane. */
const leastCost: PasswordCost = { memoryKib: 19_456, passes: 2 };

/** Longer ones are refused before hashing, so that nobody makes us hash a novel. */
export const longestPassword = 256;

/** Hashes a new password. */
export async function hashPassword(password: string, cost: PasswordCost = leastCost): Promise<string> {
  return await hash(password.normalize('NFC'), {
    type: argon2id,
    memoryCost: cost.memoryKib,
    timeCost: cost.passes,
    parallelism: 1,
  });
}

export interface PasswordVerifier {
  /** One Argon2 run whatever the case: `undefined` (no such account, no password) is compared with a dummy. */
  verify(storedHash: string | undefined, password: string): Promise<boolean>;
}

/** Makes a verifier that runs at most `parallel` computations at once; the others wait in line. */
export async function createPasswordVerifier(
  randomBytes: (size: number) => Buffer,
  { parallel, cost }: { parallel: number; cost?: PasswordCost },
): Promise<PasswordVerifier> {
  const dummy = await hashPassword(randomBytes(24).toString('base64url'), cost);
  const inLine = createQueue(parallel);
  return {
    async verify(storedHash, password) {
      const fits = password.length <= longestPassword;
      const candidate = fits ? password.normalize('NFC') : '';
      const matches = await inLine(() => verify(storedHash ?? dummy, candidate));
      return matches && fits && storedHash !== undefined;
    },
  };
}

// Argon2 runs in libuv's pool of four threads; without a line, guessing would starve everything else there.
function createQueue(parallel: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= parallel) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
