// Mobile Connect through the browser, put on an instance of the library: the gate before the authorization endpoint,
// the words of its answers, its ID tokens, premiuminfo, and what discovery says of it.
import type { Configuration, Provider } from 'oidc-provider';
import { speakMobileConnect } from './mobile-connect-answers.ts';
import { checkPushedRequest, createMobileConnectGate } from './mobile-connect-gate.ts';
import { mobileConnectScopes } from './mobile-connect-scopes.ts';
import { tellOfMobileConnect } from './mobile-connect-tokens.ts';
import { servePremiumInfo } from './premiuminfo.ts';

export { MobileConnectProvider } from './mobile-connect-answers.ts';

/** Adds everything; before the middleware that turns POST into GET. */
export function serveMobileConnect(provider: Provider): void {
  tellOfMobileConnect(provider);
  provider.use(speakMobileConnect);
  provider.use(servePremiumInfo);
  provider.use(createMobileConnectGate(provider));
}

type ExtraParams = Exclude<NonNullable<Configuration['extraParams']>, readonly string[]>;

/** The parameters that the library does not know; one of them carries the check of pushed requests. */
export const mobileConnectParameters = {
  version: checkPushedRequest,
  client_name: null,
  context: null,
  binding_message: null,
  correlation_id: null,
  login_hint_token: null,
} satisfies ExtraParams;

/** What the discovery document says beyond OpenID Connect. */
export function mobileConnectMetadata(issuer: string) {
  return {
    premiuminfo_endpoint: `${issuer}/premiuminfo`,
    mc_version: ['mc_v1.1', 'mc_v2.0', 'mc_di_r2_v2.3'],
    mobile_connect_version_supported: [
      { openid: 'mc_v1.1' },
      { 'openid mc_authn': 'mc_di_r2_v2.3' },
      { 'openid mc_authz': 'mc_di_r2_v2.3' },
    ],
    mc_amr_values_supported: ['SIM_OK', 'SIM_PIN'],
    mc_hash_algs_supported: ['SHA-256'],
    mc_claims_parameter_supported: true,
    mc_di_scopes_supported: ['openid', ...mobileConnectScopes],
    display_values_supported: ['page', 'popup', 'touch', 'wap'],
  };
}
