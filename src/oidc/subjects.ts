// Pairwise subject identifiers (OpenID Connect Core 8.1): stable for an account within a sector, unlinkable between
// sectors, independent of number, SIM and handset.
import { createHmac } from 'node:crypto';
import type { Client } from 'oidc-provider';
import { settingsOf } from './profiles.ts';

/** The subject under which a client knows an account. */
export function createSubjectOf(key: Buffer): (client: Client, accountId: string) => string {
  return (client, accountId) => {
    if (client.subjectType !== 'pairwise') return accountId;
    const sector = { id: client.clientId, sector: String(client['sectorIdentifier'] ?? '') };
    const subject = pairwiseSubject(key, accountId, sector);
    return settingsOf(client).profile.startsWith('mobile-connect-') ? asPcr(subject) : subject;
  };
}

const loopbackHosts = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

/** The subject of an account at a client. `key` is derived from the master key for this purpose alone. */
export function pairwiseSubject(key: Buffer, accountId: string, client: { id: string; sector: string }): string {
  return createHmac('sha256', key)
    .update(`${sectorOf(client)}\0${accountId}`)
    .digest('base64url');
}

/** The same subject as Mobile Connect's pseudonymous customer reference: a UUID of version 8 (RFC 9562 5.8). */
export function asPcr(subject: string): string {
  const octets = Buffer.from(subject, 'base64url').subarray(0, 16);
  octets[6] = 0x80 | ((octets[6] ?? 0) & 0x0f);
  octets[8] = 0x80 | ((octets[8] ?? 0) & 0x3f);
  return octets.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

// Redirect URIs with a private scheme have no host, and a loopback host is nobody's: such clients share no sector.
function sectorOf({ id, sector }: { id: string; sector: string }): string {
  return sector === '' || loopbackHosts.test(sector) ? `client ${id}` : sector;
}
