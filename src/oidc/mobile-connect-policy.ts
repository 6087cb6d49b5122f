// When a Mobile Connect request needs the phone although a session is good: an operation is approved each time, and a
// text that a relying party sends is there to be read.
import { interactionPolicy, type OIDCContext } from 'oidc-provider';
import { isDeviceInitiated } from './mobile-connect-scopes.ts';
import { settingsOf } from './profiles.ts';

const { Check } = interactionPolicy;

/** The check for the login prompt; with `prompt=none` it is login_required, and no phone rings. */
export function approvalCheck() {
  return new Check('approval', 'the request has to be approved on the phone', 'login_required', ({ oidc }) => {
    if (oidc.result?.login !== undefined) return Check.NO_NEED_TO_PROMPT;
    return isOperation(oidc) || hasTexts(oidc);
  });
}

function isOperation({ params }: OIDCContext): boolean {
  return String(params?.['scope']).split(' ').includes('mc_authz');
}

function hasTexts({ client, params }: OIDCContext): boolean {
  if (client === undefined || !isDeviceInitiated(settingsOf(client).profile)) return false;
  return [params?.['context'], params?.['binding_message']].some((text) => typeof text === 'string' && text !== '');
}
