// `/developers`: what this issuer is, a test client, the parameters of each profile, why a request was refused, and
// how a SIM shows a text. The trace id is what opens a refusal: 64 random bits that only its own answer has told.
import Router from '@koa/router';
import { z } from 'zod';
import { lintTexts } from '../authentication/text-lint.ts';
import { AppError } from '../errors.ts';
import { openProfiles, type TestClientRequest } from '../oidc/self-registration.ts';
import type { Csrf } from './csrf.ts';
import { firstSteps } from './developers-curl.ts';
import { developerLinks } from './developers-nav.ts';
import { mobileConnectTable, oauthTable, rowOfRefusal } from './developers-parameters.ts';
import type { DeveloperTools } from './developers-types.ts';
import { readBody } from './forms.ts';
import { localeOf, type Pages, showPage } from './render.ts';
import { forbidCaching, limitRequests } from './security.ts';
import type { Site, WebContext, WebLimits, WebMiddleware, WebState } from './web-types.ts';

export interface DeveloperPagesDeps {
  readonly site: Site;
  readonly pages: Pages;
  readonly csrf: Csrf;
  readonly limits: WebLimits;
  readonly tools: DeveloperTools;
}

const formScope = 'developers';
const short = z.string().max(1_024).default('');
const clientForm = z.object({
  csrf: z.string().max(1_024).optional(),
  name: short,
  redirect_uris: z.string().max(4_096).default(''),
  profile: z.enum(openProfiles).default('oidc'),
  jwks: z.string().max(8_192).default(''),
  token: short,
});
const textForm = z.object({
  csrf: z.string().max(1_024).optional(),
  client_name: short,
  binding_message: short,
  context: short,
});

/** The pages of one issuer, below its path. */
export function createDeveloperPages(deps: DeveloperPagesDeps): Router<WebState> {
  const root = `${deps.site.basePath}/developers`;
  const router = new Router<WebState>();
  const read: readonly WebMiddleware[] = [forbidCaching(), limitRequests(deps.limits)];
  const write = [...read, readBody()];
  router.get(root, ...read, (ctx) => {
    show(deps, ctx, {
      view: 'home',
      data: { issuer: deps.site.issuer.href.replace(/\/$/, ''), endpoints: deps.tools.endpoints() },
    });
  });
  router.get(`${root}/refusal`, ...read, (ctx) => showRefusal(deps, ctx));
  router.get(`${root}/parameters`, ...read, (ctx) => {
    show(deps, ctx, { view: 'parameters', data: { tables: [mobileConnectTable, oauthTable] } });
  });
  router.get(`${root}/clients`, ...read, (ctx) => showClientForm(deps, ctx, {}));
  router.post(`${root}/clients`, ...write, (ctx) => registerClient(deps, ctx));
  router.get(`${root}/text`, ...read, (ctx) => {
    show(deps, ctx, { view: 'text', data: { typed: textForm.parse({}), result: undefined } });
  });
  router.post(`${root}/text`, ...write, (ctx) => {
    const typed = readForm(deps, ctx, textForm);
    const { client_name: clientName, binding_message: bindingMessage, context } = typed;
    show(deps, ctx, { view: 'text', data: { typed, result: lintTexts({ clientName, bindingMessage, context }) } });
  });
  return router;
}

async function showRefusal(deps: DeveloperPagesDeps, ctx: WebContext): Promise<void> {
  const asked = ctx.query['trace'];
  const typed = typeof asked === 'string' ? asked.slice(0, 400) : '';
  const trace = traceIn(typed);
  const refusal = trace === undefined ? undefined : await deps.tools.findRefusal(trace);
  const row = refusal === undefined ? undefined : rowOfRefusal(refusal.rule, refusal.description);
  const data = { typed: trace ?? typed, asked: typed !== '', readable: trace !== undefined, refusal, row };
  show(deps, ctx, { view: 'refusal', data });
}

/** The id in what was pasted: itself, or the end of an `error_description`. */
function traceIn(text: string): string | undefined {
  const found = /^\s*([0-9a-f]{16})\s*$|\(trace ([0-9a-f]{16})\)/i.exec(text.replaceAll('+', ' '));
  return (found?.[1] ?? found?.[2])?.toLowerCase();
}

interface ClientFormState {
  readonly typed?: z.infer<typeof clientForm>;
  readonly problem?: 'refused' | 'token-refused' | 'full' | 'limited';
  /** The provider's own sentence, in English. */
  readonly why?: string;
}

function showClientForm(deps: DeveloperPagesDeps, ctx: WebContext, { typed, problem, why }: ClientFormState): void {
  const statuses = { refused: 422, 'token-refused': 403, full: 503, limited: 429 };
  const { token: _, ...kept } = typed ?? clientForm.parse({});
  show(deps, ctx, {
    view: 'clients',
    status: problem === undefined ? 200 : statuses[problem],
    data: { typed: kept, problem, why, open: deps.tools.registrationOpen, profiles: openProfiles },
  });
}

async function registerClient(deps: DeveloperPagesDeps, ctx: WebContext): Promise<void> {
  const typed = readForm(deps, ctx, clientForm);
  const request = toRequest(typed);
  if (request.name === '' || request.redirectUris.length === 0) {
    return showClientForm(deps, ctx, { typed, problem: 'refused', why: 'client_name and redirect_uris are needed' });
  }
  const outcome = await deps.tools.register(request, ctx.state.address);
  if (outcome.kind === 'registered') {
    const endpoints = new Map(deps.tools.endpoints().map(({ name, url }) => [name, url]));
    const { clientId, secret } = outcome;
    const steps = firstSteps({ ...request, clientId, secret, redirectUri: request.redirectUris[0] ?? '', endpoints });
    return show(deps, ctx, { view: 'client', status: 201, data: { ...request, clientId, secret, steps } });
  }
  if (outcome.kind === 'limited') ctx.set('Retry-After', String(outcome.retryAfterSeconds));
  showClientForm(deps, ctx, {
    typed,
    problem: outcome.kind,
    ...(outcome.kind === 'refused' ? { why: outcome.why } : {}),
  });
}

const mostRedirectUris = 5;

function toRequest({ name, redirect_uris: uris, profile, jwks, token }: z.infer<typeof clientForm>): TestClientRequest {
  return {
    name: name.trim(),
    redirectUris: uris
      .split(/\s+/)
      .filter((uri) => uri !== '')
      .slice(0, mostRedirectUris),
    profile,
    keySet: jwks.trim() === '' ? undefined : jwks,
    initialAccessToken: token.trim() === '' ? undefined : token.trim(),
  };
}

function readForm<T extends { csrf?: string | undefined }>(
  { csrf }: DeveloperPagesDeps,
  ctx: WebContext,
  schema: z.ZodType<T>,
): T {
  const result = schema.safeParse(ctx.request.body);
  if (!result.success) throw new AppError('malformed', { detail: `form: ${result.error.issues[0]?.path.join('.')}` });
  csrf.check(ctx, formScope, result.data.csrf);
  return result.data;
}

interface DeveloperView {
  readonly view: 'home' | 'refusal' | 'parameters' | 'clients' | 'client' | 'text';
  readonly status?: number;
  readonly data: Readonly<Record<string, unknown>>;
}

function show({ pages, csrf, site }: DeveloperPagesDeps, ctx: WebContext, { view, status, data }: DeveloperView): void {
  const root = `${site.basePath}/developers`;
  const links = developerLinks(site, view === 'client' ? 'clients' : view);
  showPage(ctx, pages, {
    view: `developers-${view}`,
    title: pages.texts.t(localeOf(ctx), `developers.${view}.title`),
    ...(status === undefined ? {} : { status }),
    data: { ...data, links, developers: root, csrf: csrf.token(ctx, formScope), styles: ['developers.css'] },
  });
}
