// What a client must know of the APIs before it has a token (RFC 9728): who gives tokens, which scopes, how to present.
import { proofAlgorithms } from './problems.ts';
import { isOpen, type Route } from './route-types.ts';

/** The identifier of the APIs: the audience of their tokens, the `resource` of a token request (RFC 8707). */
export function resourceOf(issuer: string): string {
  return `${issuer}/api`;
}

/** Where the document is: the well-known part stands before the path of the resource (RFC 9728, 3.1). */
export function metadataAddress(issuer: string): string {
  const { origin, pathname } = new URL(resourceOf(issuer));
  return `${origin}/.well-known/oauth-protected-resource${pathname}`;
}

/** The document of a table. */
export function protectedResource(issuer: string, routes: readonly Route[]): Readonly<Record<string, unknown>> {
  const scopes = new Set(routes.flatMap((route) => (isOpen(route) ? [] : [route.scope])));
  return {
    resource: resourceOf(issuer),
    resource_name: 'Customer APIs',
    authorization_servers: [issuer],
    scopes_supported: [...scopes].sort(),
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: proofAlgorithms.split(' '),
    resource_documentation: `${resourceOf(issuer)}/docs`,
  };
}
