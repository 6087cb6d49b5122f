// Help for everybody, questions to advisors for customers, feedback without a name; shops and appointments.
import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Area } from './area.ts';
import type { OpenApi } from './open-api.ts';
import type { Operator } from './operators.ts';
import type { Pages } from './pages.ts';
import { formFields, personOf, redirect } from './relying-party.ts';
import type { Sessions } from './session.ts';

const topics = z.array(
  z.object({ title: z.string(), articles: z.array(z.object({ id: z.string(), title: z.string() })) }),
);
const article = z.object({
  id: z.string(),
  title: z.string(),
  text: z.array(z.string()),
  contact: z.array(z.object({ kind: z.string(), label: z.string(), value: z.string() })),
  links: z.array(z.object({ rel: z.string(), name: z.string(), href: z.url({ protocol: /^https?$/ }).optional() })),
});

export interface HelpPagesDeps {
  readonly operator: Operator;
  readonly openApi: OpenApi;
  readonly pages: Pages;
  readonly sessions: Sessions;
  readonly baseUrl: string;
}

/** Adds what needs no login. */
export function addHelpPages(router: Router, deps: HelpPagesDeps): void {
  const { openApi, pages, operator } = deps;
  const { base, site } = operator;
  const personAt = (ctx: Context) => {
    const session = deps.sessions.find(ctx);
    return session && personOf(session);
  };
  const missing = (ctx: Context, key: string, status: number): void => {
    const action = { href: `${base}/help`, text: 'action.back' };
    pages.showMessage(ctx, { site, key, status, action, person: personAt(ctx) });
  };
  const show = async (ctx: Context, path: string, view: string): Promise<void> => {
    try {
      const found = await openApi.get(ctx, path);
      if (found === undefined) return missing(ctx, 'area-not-found', 404);
      const data =
        view === 'help' ? { topics: topics.parse(found), done: doneOf(ctx) } : { article: linked(found, operator) };
      pages.show(ctx, { site, view, title: 'help.title', person: personAt(ctx), data });
    } catch {
      missing(ctx, 'area-unavailable', 503);
    }
  };
  router.get('/help', (ctx) => show(ctx, '/help/v1/tree', 'help'));
  router.get('/help/articles/:id', (ctx) => {
    const id = encodeURIComponent(String(ctx.params['id']));
    return show(ctx, `/help/v1/articles/${id}`, 'help-article');
  });
  router.post('/help/feedback', async (ctx) => {
    // Anonymous, so there is no session whose token could be asked for; a foreign page's form is not ours all the same.
    const origin = ctx.get('Origin');
    if (origin !== '' && origin !== new URL(deps.baseUrl).origin) return missing(ctx, 'form-expired', 403);
    const { page = '', rating = '', text = '' } = formFields(ctx);
    const taken = await openApi.post('/help/v1/feedback', { page, rating: Number(rating), text }).catch(() => false);
    redirect(ctx, `${base}/help?done=${taken ? 'thanks' : 'not-taken'}`);
  });
}

function linked(found: unknown, { base, helpTargets }: Operator) {
  const one = article.parse(found);
  const links = one.links.flatMap(({ rel, name, href }) => {
    const own = helpTargets[rel];
    const target = own === undefined ? href : base + own;
    return target === undefined ? [] : [{ name, href: target }];
  });
  return { ...one, links };
}

function doneOf(ctx: Context): string | undefined {
  const { done } = ctx.query;
  return done === 'thanks' || done === 'not-taken' ? done : undefined;
}

const questions = z.array(
  z.object({
    id: z.string(),
    topic: z.string(),
    text: z.string(),
    creationDate: z.coerce.date(),
    answer: z.string().optional(),
  }),
);

/** Adds the questions to advisors. */
export function addContactPages(area: Area): void {
  const page = '/help/contact';
  area.page(page, async ({ api }) => {
    const { body } = await api({ path: '/help/v1/contact-requests?limit=20' });
    return { view: 'help-contact', title: 'contact.title', data: { questions: questions.parse(body) } };
  });
  area.form(page, { page }, async ({ api, fields, idempotencyKey }) => {
    const body = { topic: fields['topic'] ?? '', text: fields['text'] ?? '' };
    await api({ method: 'POST', path: '/help/v1/contact-requests', body, idempotencyKey });
    return `${page}?done=asked`;
  });
}

const shops = z.array(
  z.object({
    ...{ id: z.string(), name: z.string(), kilometres: z.number().optional() },
    place: z.object({ street: z.string(), postCode: z.string(), city: z.string() }),
  }),
);
const slots = z.array(z.object({ id: z.string(), startDateTime: z.coerce.date() }));
const appointments = z.array(
  z.object({
    ...{ id: z.string(), startDateTime: z.coerce.date() },
    shop: z.object({ name: z.string(), street: z.string(), postCode: z.string(), city: z.string() }),
  }),
);

/** Adds shops and appointments. */
export function addShopFinderPages(area: Area): void {
  area.page('/shops', async ({ api, ctx }) => {
    const near = typeof ctx.query['near'] === 'string' ? ctx.query['near'].slice(0, 60) : '';
    const query = new URLSearchParams({ limit: '100', ...(near === '' ? {} : { near }) });
    const found = shops.parse((await api({ path: `/order/v1/shops?${query}` })).body);
    const own = appointments.parse((await api({ path: '/order/v1/appointments' })).body);
    return { view: 'shops', title: 'shops.title', data: { near, shops: found, appointments: own } };
  });
  area.page('/shops/:id', async ({ api, params }) => {
    const id = encodeURIComponent(params['id'] ?? '');
    const free = slots.parse((await api({ path: `/order/v1/shops/${id}/slots?limit=100` })).body);
    return { view: 'shop-slots', title: 'shops.slots', data: { shopId: params['id'], slots: free } };
  });
  const page = (params: Readonly<Record<string, string>>) => `/shops/${encodeURIComponent(params['id'] ?? '')}`;
  area.form('/shops/:id/appointments', { page }, async ({ api, fields, idempotencyKey }) => {
    const body = { slotId: fields['slot'] ?? '' };
    await api({ method: 'POST', path: '/order/v1/appointments', body, idempotencyKey });
    return '/shops?done=booked';
  });
  area.form('/appointments/:id/cancel', { page: '/shops' }, async ({ api, params }) => {
    await api({ method: 'DELETE', path: `/order/v1/appointments/${encodeURIComponent(params['id'] ?? '')}` });
    return '/shops?done=cancelled';
  });
}
