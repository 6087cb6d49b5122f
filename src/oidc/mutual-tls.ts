// Clients that show a TLS certificate (RFC 8705). A proxy ends TLS and hands the certificate on in a header; the web
// layer takes that header from trusted proxies only and leaves it in the request's state, which is all that is read
// here.
import { createHash, X509Certificate } from 'node:crypto';
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';

export interface MutualTls {
  /** Undefined: there is no mutual TLS here. */
  readonly certificateHeader?: string | undefined;
  /** Undefined: nobody checks chains, so certificates of authorities are not taken as authentication. */
  readonly verifiedHeader?: string | undefined;
  /** Origin at which the proxy asks for certificates. */
  readonly url?: string | undefined;
}

/** What the web layer leaves in `ctx.state.clientCertificate`. */
export interface HandedCertificate {
  /** The header as it came. */
  readonly text: string;
  /** The proxy has checked the chain. */
  readonly verified: boolean;
}

type Features = NonNullable<Configuration['features']>;
type AuthMethod = 'tls_client_auth' | 'self_signed_tls_client_auth';
type SubjectProperty = Parameters<NonNullable<NonNullable<Features['mTLS']>['certificateSubjectMatches']>>[1];

/** Methods of client authentication that there are with these settings. */
export function mutualTlsAuthMethods({ certificateHeader, verifiedHeader }: MutualTls): AuthMethod[] {
  if (certificateHeader === undefined) return [];
  return verifiedHeader === undefined
    ? ['self_signed_tls_client_auth']
    : ['tls_client_auth', 'self_signed_tls_client_auth'];
}

/** The library's feature. */
export function mutualTlsFeature(settings: MutualTls): NonNullable<Features['mTLS']> {
  const methods = mutualTlsAuthMethods(settings);
  if (methods.length === 0) return { enabled: false };
  return {
    enabled: true,
    certificateBoundAccessTokens: true,
    selfSignedTlsClientAuth: true,
    tlsClientAuth: methods.includes('tls_client_auth'),
    getCertificate: (ctx) => certificateIn(handedOf(ctx)),
    certificateAuthorized: (ctx) => handedOf(ctx)?.verified === true && certificateIn(handedOf(ctx)) !== undefined,
    certificateSubjectMatches: (ctx, property, expected) => {
      const certificate = certificateIn(handedOf(ctx));
      return certificate !== undefined && subjectMatches(certificate, property, expected);
    },
  };
}

/** The same endpoints at the address where certificates are asked for (RFC 8705, 5); undefined without one. */
export function mutualTlsAliases(
  issuer: string,
  { certificateHeader, url }: MutualTls,
  endpoints: Readonly<Record<string, string>>,
): Record<string, string> | undefined {
  if (certificateHeader === undefined || url === undefined) return undefined;
  const { origin } = new URL(issuer);
  return Object.fromEntries(Object.entries(endpoints).map(([name, address]) => [name, address.replace(origin, url)]));
}

/** Reads what the web layer left; undefined for no certificate, and for what is none. */
export function readHandedCertificate(state: Readonly<Record<string, unknown>>): HandedCertificate | undefined {
  const handed = state['clientCertificate'];
  if (typeof handed !== 'object' || handed === null || !('text' in handed) || !('verified' in handed)) return undefined;
  return { text: String(handed.text), verified: handed.verified === true };
}

const mostCharacters = 16_384;

/** Parses PEM (plain or URL-encoded, as nginx sends it), base64 of DER, and RFC 9440; undefined for anything else. */
export function parseCertificate(text: string): X509Certificate | undefined {
  if (text.length > mostCharacters) return undefined;
  const plain = text.includes('%') ? decoded(text) : text;
  const base64 = plain
    .replace(/-----(?:BEGIN|END) CERTIFICATE-----/g, '')
    .replace(/\s+/g, '')
    .replace(/^:(.*):$/, '$1');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  try {
    return new X509Certificate(Buffer.from(base64, 'base64'));
  } catch {
    return undefined;
  }
}

/** SHA-256 of a certificate as it stands in `cnf` (RFC 8705, 3.1). */
export function certificateThumbprint(certificate: X509Certificate): string {
  return createHash('sha256').update(certificate.raw).digest('base64url');
}

/** True if the certificate is the one that the client registered (RFC 8705, 2.1.2). */
export function subjectMatches(certificate: X509Certificate, property: SubjectProperty, expected: string): boolean {
  switch (property) {
    case 'tls_client_auth_subject_dn':
      return sameName(subjectName(certificate), expected);
    case 'tls_client_auth_san_dns':
      return certificate.checkHost(expected, { subject: 'never', wildcards: false }) === expected;
    case 'tls_client_auth_san_email':
      return certificate.checkEmail(expected, { subject: 'never' }) === expected;
    case 'tls_client_auth_san_ip':
      return certificate.checkIP(expected) !== undefined;
    case 'tls_client_auth_san_uri':
      return alternativeNames(certificate).includes(`URI:${expected}`);
    default:
      return false;
  }
}

// Node writes one attribute a line, first to last, escaped as RFC 4514 wants; that RFC's order is last to first.
function subjectName({ subject }: X509Certificate): string {
  return subject.split('\n').toReversed().join(',');
}

function sameName(actual: string, expected: string): boolean {
  return normalName(actual) === normalName(expected);
}

// Types have no case, and blanks round separators mean nothing; values are taken as they are.
function normalName(name: string): string {
  return name
    .split(/(?<!\\),/)
    .map((part) => part.trim().replace(/^([^=]+?)\s*=\s*/, (_all, type: string) => `${type.toLowerCase()}=`))
    .join(',');
}

// Entries with a comma inside are quoted; `"` never stands in a name unquoted.
function alternativeNames({ subjectAltName = '' }: X509Certificate): string[] {
  return subjectAltName.includes('"') ? [] : subjectAltName.split(', ');
}

function handedOf(ctx: KoaContextWithOIDC): HandedCertificate | undefined {
  return readHandedCertificate(ctx.state);
}

function certificateIn(handed: HandedCertificate | undefined): X509Certificate | undefined {
  return handed && parseCertificate(handed.text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
