// The answer of operator discovery: ours at the top, and below `response` the shape that the programs of the GSMA
// read. Made of the numbering plan alone: nothing in it depends on whether a number is in use. Pure.
import type { Operator } from '../ops/numbering-plan.ts';
import { hintSeconds, type IssuedHints } from './hint-token.ts';

export interface DiscoveryAnswerParts {
  readonly issuer: string;
  readonly operator: Operator;
  readonly operatorName: string;
  readonly client: { readonly id: string; readonly name: string };
  readonly hints: IssuedHints | undefined;
  readonly correlationId: string | undefined;
  readonly now: Date;
}

interface Link {
  readonly rel: string;
  readonly href: string;
}

/** Builds it. */
export function discoveryAnswer(parts: DiscoveryAnswerParts): Record<string, unknown> {
  const { issuer, operator, operatorName, client, hints, correlationId, now } = parts;
  const links = linksOf(issuer, client.name);
  const subscriber = hints === undefined ? {} : subscriberOf(hints);
  const place = { serving_operator: operatorName, country: operator.country, currency: operator.currency };
  return {
    operator_id: operator.id,
    issuer,
    mcc_mnc: operator.mccMnc,
    ...place,
    client_name: client.name,
    ...(correlationId === undefined ? {} : { correlation_id: correlationId }),
    // Milliseconds since 1970, as in the API Exchange; a hint lives for no longer.
    ttl: now.getTime() + hintSeconds * 1_000,
    ...subscriber,
    links,
    response: {
      client_id: client.id,
      client_name: client.name,
      ...place,
      ...('subscriber_id' in subscriber ? { subscriber_id: subscriber.subscriber_id } : {}),
      apis: { operatorid: { link: links } },
    },
  };
}

function subscriberOf({ token, encryptedNumber }: IssuedHints) {
  return {
    subscriber_id: encryptedNumber,
    subscriber_id_token: token,
    login_hint: `ENCR_MSISDN:${encryptedNumber}`,
    login_hint_token: token,
    expires_in: hintSeconds,
  };
}

/** The endpoints with the link relations of the API Exchange; paths as discovery tells them (decisions 38). */
export function linksOf(issuer: string, clientName: string): Link[] {
  const paths: readonly (readonly [rel: string, path: string])[] = [
    ['authorization', '/auth'],
    ['token', '/token'],
    ['userinfo', '/userinfo'],
    ['premiuminfo', '/premiuminfo'],
    ['tokenrevoke', '/revocation'],
    ['tokenrefresh', '/token'],
    ['jwks', '/jwks'],
    ['openid-configuration', '/.well-known/openid-configuration'],
  ];
  return [
    ...paths.map(([rel, path]) => ({ rel, href: `${issuer}${path}` })),
    { rel: 'issuer', href: issuer },
    { rel: 'scope', href: 'openid mc_authn mc_authz' },
    { rel: 'applicationShortName', href: clientName },
  ];
}
