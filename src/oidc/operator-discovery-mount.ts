// Adds operator discovery and its public documents to an instance of the library.
import type { Provider } from 'oidc-provider';
import type { Country } from '../identifiers.ts';
import type { HintTokens } from './hint-token.ts';
import { createDiscovery, type OperatorDirectory } from './operator-discovery.ts';
import { createPublicDiscovery, type PublicDiscoveryDeps } from './operator-discovery-public.ts';

export interface DiscoveryParts {
  readonly operators: OperatorDirectory | undefined;
  readonly country: Country;
  readonly listClients: PublicDiscoveryDeps['listClients'];
  readonly hints: HintTokens;
}

export interface DiscoveryMountDeps {
  readonly issuer: string;
  readonly brand: string;
  readonly now: () => Date;
  readonly discovery: DiscoveryParts;
}

/** Serves what the deployment knows: discovery only where there is a numbering plan. */
export function serveDiscovery(provider: Pick<Provider, 'use'>, deps: DiscoveryMountDeps): void {
  const { operators, country, listClients, hints } = deps.discovery;
  provider.use(createPublicDiscovery({ listClients, now: deps.now }));
  if (operators === undefined) return;
  provider.use(createDiscovery({ ...deps, ...operators, country, hints }));
}
