// What the configuration says about which lines can have the service at all.
import type { StateRules } from './authentication/policies.ts';
import type { Config } from './ops/config.ts';

/** The rules that decide a line's state (mission 2.0; A02, A11). */
export function stateRules({
  provider,
  operators,
  brands,
}: Pick<Config, 'provider' | 'operators' | 'brands'>): Required<StateRules> {
  return {
    mobileConnectEnabled: (brand) => brands.find(brand)?.mobileConnect ?? false,
    testSimsAllowed: provider.sandbox,
    isServed: (msisdn) => operators.plan.operatorOf(msisdn) !== undefined,
  };
}
