// Level M* at the door of a route: what the check says, as the answer that a client can act on.
import type { StrongCaller, StrongCheck, StrongRefusal } from '../customer/strong-check.ts';
import { AppError } from '../errors.ts';
import { StepUpError, UnavailableUntilError } from './problems.ts';
import type { ApiCall, ApiRoute } from './route-types.ts';

/** How old a fresh login may be. */
export const freshSeconds = 300;

interface Deps {
  readonly strong: StrongCheck;
  readonly now: () => Date;
}

interface Claim {
  readonly route: ApiRoute;
  readonly call: Pick<ApiCall, 'token' | 'address'>;
  /** Of the header Confirmation-Code; empty without one. */
  readonly code: string;
}

/** Lets a proved caller pass. Throws StepUpError, UnavailableUntilError and AppError. */
export async function requireStrong({ strong, now }: Deps, { route, call, code }: Claim): Promise<void> {
  if (route.action === undefined) throw new Error(`${route.path} is of level M* and names no action`);
  const claim = { action: route.action, code: code === '' ? undefined : code };
  const result = await strong.check(strongCallerOf(call, now()), claim);
  if (result.kind !== 'proved') throw strongRefusal(result);
}

/** The caller as the check knows her. */
export function strongCallerOf({ token, address }: Claim['call'], now: Date): StrongCaller {
  const fresh = now.getTime() - token.authTime.getTime() <= freshSeconds * 1_000;
  return { accountId: token.accountId, address, withPin: token.loa >= 3, fresh };
}

/** The error of a refusal. */
export function strongRefusal(result: StrongRefusal): AppError {
  switch (result.kind) {
    case 'needs-pin':
      return new StepUpError('3', freshSeconds);
    case 'needs-fresh':
      return new StepUpError('1', freshSeconds);
    case 'later':
      return new UnavailableUntilError(result.availableAt);
    case 'needs-code':
      return new AppError('code_required');
    case 'wrong-code':
      return new AppError('code_invalid');
    default:
      return new AppError('shop_identity_check_required');
  }
}
