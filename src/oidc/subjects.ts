// Pairwise subject identifiers (OpenID Connect Core 8.1): stable for an account within a sector, unlinkable between
// sectors, independent of number, SIM and handset.
import { createHmac } from 'node:crypto';
import type { Client } from 'oidc-provider';

/** The subject under which a client knows an account. */
export function createSubjectOf(key: Buffer): (client: Client, accountId: string) => string {
  return (client, accountId) => {
    if (client.subjectType !== 'pairwise') return accountId;
    return pairwiseSubject(key, accountId, { id: client.clientId, sector: String(client['sectorIdentifier'] ?? '') });
  };
}

const loopbackHosts = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

/** The subject of an account at a client. `key` is derived from the master key for this purpose alone. */
export function pairwiseSubject(key: Buffer, accountId: string, client: { id: string; sector: string }): string {
  return createHmac('sha256', key)
    .update(`${sectorOf(client)}\0${accountId}`)
    .digest('base64url');
}

// Redirect URIs with a private scheme have no host, and a loopback host is nobody's: such clients share no sector.
function sectorOf({ id, sector }: { id: string; sector: string }): string {
  return sector === '' || loopbackHosts.test(sector) ? `client ${id}` : sector;
}
