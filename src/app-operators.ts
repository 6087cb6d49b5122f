// The operators of the numbering plan with the names of their brands, for operator discovery.
import type { OperatorDirectory } from './oidc/operator-discovery.ts';
import type { Config } from './ops/config.ts';

/** What the provider is told of operators; an operator is named like the brand with its id. */
export function operatorsOf({ operators, brands }: Pick<Config, 'operators' | 'brands'>): OperatorDirectory {
  return { plan: operators.plan, nameOf: (id) => brands.find(id)?.name ?? id };
}
