// The activation of the service, as pages and APIs use it: its beginning, its steps, and where it stands.
import type { AccountId } from '../identifiers.ts';
import { type ActivationSteps, createActivationSteps } from './activate.ts';
import { type BeginRequest, beginActivation } from './activation-begin.ts';
import type { ActivationDeps, ActivationView, BeginOutcome } from './activation-types.ts';
import { viewActivation } from './activation-view.ts';

export interface Activation extends ActivationSteps {
  begin(request: BeginRequest): Promise<BeginOutcome>;
  /** Undefined if the account has no such activation. */
  view(request: { readonly id: string; readonly accountId: AccountId }): Promise<ActivationView | undefined>;
  /** Resolves when the view may have changed, at the time-out, or on abort; then look again. */
  waitForChange(id: string, wait: { timeoutMs: number; signal?: AbortSignal | undefined }): Promise<void>;
}

/** Makes it over its dependencies. */
export function createActivation(deps: ActivationDeps): Activation {
  return {
    ...createActivationSteps(deps),
    begin: (request) => beginActivation(deps, request),
    view: (request) => viewActivation(deps, request),
    waitForChange: (id, wait) => deps.wakeUps.wait(id, wait),
  };
}
