// The library's interactions as the pages see them: what is asked, and how it ends (interaction-types.ts).
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Client, errors, type Interaction, type InteractionResults, type Provider } from 'oidc-provider';
import type { RequestTexts } from '../authentication/request-message.ts';
import { AppError } from '../errors.ts';
import { findAccountHolder } from '../storage/accounts.ts';
import type { Database } from '../storage/database.ts';
import { amrOf, requirementOf } from './acr.ts';
import { displayName } from './claims.ts';
import { type GrantDeps, grantConsent } from './grants.ts';
import type { RedirectHints } from './hint-redirect.ts';
import { wayBackToHub } from './hub-errors.ts';
import { acrRequestOf } from './interaction-policy.ts';
import type { ClientView, InteractionDetails, Interactions } from './interaction-types.ts';
import { notRungWords, refusalWords } from './mobile-connect-answers.ts';
import { isDeviceInitiated } from './mobile-connect-scopes.ts';
import { settingsOf } from './profiles.ts';
import { scopeList } from './scopes.ts';

export interface InteractionsDeps {
  readonly database: Pick<Database, 'db'>;
  readonly issuer: string;
  readonly basePath: string;
  readonly brand: string;
  readonly grants: GrantDeps;
  readonly hints: Pick<RedirectHints, 'hidden'>;
  /** The provider of this moment: it is replaced when keys rotate. */
  readonly provider: () => Provider;
}

/** Makes the contract with the pages. */
export function createInteractions(given: InteractionsDeps): Interactions {
  const deps = { ...given, opened: new WeakMap<IncomingMessage, Promise<Interaction>>() };
  return {
    async details(request, response) {
      const interaction = await open(deps, request, response);
      return await describe(deps, interaction);
    },
    async finishLogin(request, response, { accountId, level, authTime, receipt }) {
      const interaction = await open(deps, request, response);
      if (interaction.prompt.name !== 'login') throw new AppError('interaction_lost', { detail: 'not a login' });
      const login = { accountId, acr: level, amr: amrOf('rfc8176', level), ts: authTime, receipt };
      await finish(deps, { request, response, result: { login }, merge: false });
    },
    async finishConsent(request, response, decision) {
      const interaction = await open(deps, request, response);
      if (interaction.prompt.name !== 'consent') throw new AppError('interaction_lost', { detail: 'not a consent' });
      if (decision === 'deny') {
        const result = { error: 'access_denied', error_description: 'the customer did not consent' };
        return await finish(deps, { request, response, result, merge: false });
      }
      const grantId = await saveConsent(deps, interaction);
      return await finish(deps, { request, response, result: { consent: { grantId } }, merge: true });
    },
    async abort(request, response, error) {
      const interaction = await open(deps, request, response);
      const { profile } = settingsOf(await clientOfInteraction(deps, interaction));
      const words = error === 'access_denied' ? refusalWords(profile) : undefined;
      const result = { error, ...(words === undefined ? {} : { error_description: words }) };
      await finish(deps, { request, response, result, merge: false });
    },
    async abortNotRung(request, response, because) {
      const client = await clientOfInteraction(deps, await open(deps, request, response));
      if (!settingsOf(client).revealEnrolment)
        throw new AppError('interaction_lost', { detail: 'not for this client' });
      const result = { error: 'access_denied', error_description: notRungWords[because] };
      await finish(deps, { request, response, result, merge: false });
    },
  };
}

interface OpenDeps extends InteractionsDeps {
  /** Read once for each request; the library reads it again when it is finished. */
  readonly opened: WeakMap<IncomingMessage, Promise<Interaction>>;
}

/** Finds the interaction by its cookie, which must belong to the address. Throws AppError('interaction_lost'). */
async function open(deps: OpenDeps, request: IncomingMessage, response: ServerResponse): Promise<Interaction> {
  const reading = deps.opened.get(request) ?? deps.provider().interactionDetails(request, response);
  deps.opened.set(request, reading);
  const interaction = await found(reading);
  const uid = /\/interaction\/([^/?]+)/.exec(request.url ?? '')?.[1];
  if (uid !== undefined && uid !== interaction.uid) throw new AppError('interaction_lost', { detail: 'another uid' });
  return interaction;
}

interface Ending {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly result: InteractionResults;
  /** Keep what an earlier page of the same request found out. */
  readonly merge: boolean;
}

async function finish(deps: InteractionsDeps, { request, response, result, merge }: Ending): Promise<void> {
  const options = { mergeWithLastSubmission: merge };
  await found(deps.provider().interactionFinished(request, response, result, options));
}

async function found<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof errors.SessionNotFound) throw new AppError('interaction_lost', { cause });
    throw cause;
  }
}

async function describe(deps: InteractionsDeps, interaction: Interaction): Promise<InteractionDetails> {
  const { params, prompt, uid } = interaction;
  const client = await clientOfInteraction(deps, interaction);
  const requirement = requirementOf(settingsOf(client).levels, acrRequestOf(params));
  if (requirement.kind === 'impossible') throw new AppError('interaction_lost', { detail: 'levels cannot be met' });
  const { least, wanted } = requirement;
  return {
    uid,
    issuer: deps.issuer,
    basePath: deps.basePath,
    prompt: prompt.name === 'consent' ? 'consent' : 'login',
    client: clientView(client, deps.brand),
    hub: settingsOf(client).isHub ? { wayBack: wayBackToHub(params, deps.issuer) } : undefined,
    least,
    wanted,
    loginHint: text(params['login_hint']),
    hiddenHint: prompt.name === 'login' ? await deps.hints.hidden(params, client) : undefined,
    texts: textsOf(client, params),
    uiLocales: scopeList(params['ui_locales']).slice(0, 10),
    consent: prompt.name === 'consent' ? await consentOf(deps, interaction) : undefined,
  };
}

async function consentOf(deps: InteractionsDeps, interaction: Interaction): Promise<InteractionDetails['consent']> {
  const holder = await findAccountHolder(deps.database.db, interaction.session?.accountId ?? '');
  if (holder === undefined) throw new AppError('interaction_lost', { detail: 'no account' });
  const { scopes, claims, resources } = missing(interaction);
  const all = [...new Set([...scopes, ...Object.values(resources).flat()])];
  return { accountId: holder.accountId, accountName: displayName(holder), scopes: all, claims };
}

async function saveConsent(deps: InteractionsDeps, interaction: Interaction): Promise<string> {
  const accountId = interaction.session?.accountId;
  const clientId = text(interaction.params['client_id']);
  if (accountId === undefined || clientId === undefined) throw new AppError('interaction_lost');
  return await grantConsent(deps.grants, deps.provider().Grant, {
    accountId,
    clientId,
    grantId: interaction.grantId,
    requestedScopes: scopeList(interaction.params['scope']),
    ...missing(interaction),
  });
}

interface Missing {
  readonly scopes: readonly string[];
  readonly claims: readonly string[];
  readonly resources: Readonly<Record<string, readonly string[]>>;
}

// With nothing missing (prompt=consent) the page shows all that is asked.
function missing({ prompt: { details }, params }: Interaction): Missing {
  const resources = details['missingResourceScopes'];
  const found = {
    scopes: strings(details['missingOIDCScope']),
    claims: strings(details['missingOIDCClaims']),
    resources: Object.fromEntries(
      Object.entries(typeof resources === 'object' && resources !== null ? resources : {}).map(([resource, scopes]) => [
        resource,
        strings(scopes),
      ]),
    ),
  };
  const isEmpty = found.scopes.length + found.claims.length + Object.keys(found.resources).length === 0;
  return isEmpty ? { ...found, scopes: scopeList(params['scope']) } : found;
}

async function clientOfInteraction(deps: InteractionsDeps, { params }: Interaction): Promise<Client> {
  const client = await deps.provider().Client.find(text(params['client_id']) ?? '');
  if (client === undefined) throw new AppError('interaction_lost', { detail: 'the client is gone' });
  return client;
}

// Of other clients these parameters are unknown, and nobody has checked them.
function textsOf(client: Client, params: Interaction['params']): RequestTexts {
  if (!isDeviceInitiated(settingsOf(client).profile)) return {};
  return { bindingMessage: text(params['binding_message']), context: text(params['context']) };
}

function clientView(client: Client, brand: string): ClientView {
  const settings = settingsOf(client);
  return {
    id: client.clientId,
    name: client.clientName ?? client.clientId,
    brand: settings.brand ?? brand,
    party: settings.party,
    logoUri: client.logoUri,
    policyUri: client.policyUri,
    allowPasswordFallback: settings.allowPasswordFallback,
    confirmation: settings.confirmation,
    revealEnrolment: settings.revealEnrolment,
  };
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
