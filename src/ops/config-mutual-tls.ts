// The variables for clients that show a TLS certificate (RFC 8705): a proxy ends TLS and hands the certificate on.
import { z } from 'zod';
import { optional, readBy, readUrl, variable } from './config-values.ts';

const headerName = {
  expected: 'the name of a header in lower case, such as x-client-certificate',
  schema: z.string().regex(/^(?!authorization$|cookie$|host$|dpop$)[a-z][a-z0-9-]{1,63}$/),
};

function readOrigin(text: string): string | undefined {
  const url = readUrl(text, ['https:']);
  return url?.href === `${url?.origin}/` ? url?.origin : undefined;
}

const mutualTls = {
  certificateHeader: optional(
    variable(
      {
        name: 'MTLS_CERTIFICATE_HEADER',
        about:
          'Header in which a proxy of TRUSTED_PROXIES hands on the client’s TLS certificate: PEM (URL-encoded or not), base64 of DER, or RFC 9440. It is removed from everybody else’s requests. Missing: no mutual TLS.',
      },
      headerName,
    ),
  ),
  verifiedHeader: optional(
    variable(
      {
        name: 'MTLS_VERIFIED_HEADER',
        about:
          'Header in which the proxy says SUCCESS when the certificate is of an authority that it trusts. Missing: no tls_client_auth, only self-signed certificates and certificate-bound tokens.',
      },
      headerName,
    ),
  ),
  url: optional(
    variable(
      {
        name: 'MTLS_URL',
        about:
          'Where the proxy asks clients for certificates, if it does so at an address of its own: listed as mtls_endpoint_aliases.',
      },
      { expected: 'an https address without a path, such as https://mtls.id.example.com', schema: readBy(readOrigin) },
    ),
  ),
};

export const mutualTlsSection = { mutualTls };
