// The relying parties of the demo world. Data only; the secrets are no secrets.
import type { ClientMetadata } from '../oidc/clients.ts';

/** Secret of a confidential demo client. */
export function demoSecret(clientId: string): string {
  return `${clientId}-demo-secret-32-characters-long`;
}

/** Opens dynamic registration in the demo. */
export const demoRegistrationToken = 'demo-registration-token';

const cibaGrant = 'urn:openid:params:grant-type:ciba';
const withRefresh = ['authorization_code', 'refresh_token'];

// They may ask for a customer who has only her phone at hand (CIBA).
const withoutBrowser: readonly ClientMetadata[] = [
  {
    client_id: 'tester',
    client_name: 'Banc d’essai',
    client_secret: demoSecret('tester'),
    party: 'first',
    token_endpoint_auth_method: 'client_secret_basic',
    redirect_uris: ['http://127.0.0.1:9876/callback'],
    post_logout_redirect_uris: ['http://127.0.0.1:9876/'],
    grant_types: [...withRefresh, cibaGrant],
    backchannel_token_delivery_mode: 'poll',
  },
  {
    client_id: 'callcentre',
    client_name: 'Service clients',
    client_secret: demoSecret('callcentre'),
    party: 'first',
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: [cibaGrant],
    response_types: [],
    backchannel_token_delivery_mode: 'poll',
    subject_type: 'public',
  },
];

/** The client of another operator's customer area, at that operator's issuer: `<portal>/ile`. */
export function demoClientsBelow(portalUrl: string, path: string): ClientMetadata[] {
  return [
    {
      client_id: 'portal',
      client_name: 'Espace client',
      client_secret: demoSecret('portal'),
      party: 'first',
      token_endpoint_auth_method: 'client_secret_basic',
      redirect_uris: [`${portalUrl}${path}/callback`],
      post_logout_redirect_uris: [`${portalUrl}${path}/`],
      backchannel_logout_uri: `${portalUrl}${path}/backchannel-logout`,
      backchannel_logout_session_required: true,
      grant_types: withRefresh,
    },
  ];
}

/** The clients, for a portal that browsers reach at `portalUrl` (without a slash at its end). */
export function demoClients(portalUrl: string): ClientMetadata[] {
  return [
    {
      client_id: 'portal',
      client_name: 'Espace client',
      client_secret: demoSecret('portal'),
      party: 'first',
      token_endpoint_auth_method: 'client_secret_basic',
      redirect_uris: [`${portalUrl}/callback`],
      post_logout_redirect_uris: [`${portalUrl}/`],
      backchannel_logout_uri: `${portalUrl}/backchannel-logout`,
      backchannel_logout_session_required: true,
      grant_types: withRefresh,
    },
    {
      client_id: 'app',
      client_name: 'Exemple et moi',
      party: 'first',
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['com.exemple.app:/callback', 'http://127.0.0.1/callback'],
      grant_types: withRefresh,
    },
    {
      client_id: 'shop',
      client_name: 'Petite Boutique',
      client_uri: `${portalUrl}/shop`,
      pictogram_shown: true,
      client_secret: demoSecret('shop'),
      party: 'third',
      profile: 'mobile-connect-2.3',
      policy_uri: `${portalUrl}/shop`,
      token_endpoint_auth_method: 'client_secret_basic',
      redirect_uris: [`${portalUrl}/shop/callback`],
      backchannel_logout_uri: `${portalUrl}/shop/backchannel-logout`,
      grant_types: ['authorization_code'],
      subject_type: 'pairwise',
    },
    {
      client_id: 'hub',
      client_name: 'Portail des services',
      client_secret: demoSecret('hub'),
      party: 'third',
      profile: 'hub',
      acr_vocabulary: 'eidas',
      policy_uri: `${portalUrl}/hub`,
      token_endpoint_auth_method: 'client_secret_post',
      redirect_uris: [`${portalUrl}/hub/callback`],
      post_logout_redirect_uris: [`${portalUrl}/hub`],
      grant_types: ['authorization_code'],
      subject_type: 'pairwise',
    },
    ...withoutBrowser,
  ];
}
