// The pages of this provider: the card, the confirmation that some cards ask for, the end; and a list of its test cards.
// French and English, without script. What was typed of a card is never shown again.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bodyParser } from '@koa/bodyparser';
import type Router from '@koa/router';
import { Eta } from 'eta';
import type Koa from 'koa';
import { createTexts, type Locale, type Texts } from '../i18n.ts';
import { type CardProblems, readCard, spacedNumber, testCards } from './cards.ts';
import type { Checkout, Checkouts } from './checkouts.ts';
import type { Outcomes } from './outcomes.ts';

export interface PageDeps {
  readonly checkouts: Checkouts;
  readonly outcomes: Outcomes;
  readonly now: () => Date;
}

const views = new URL('../../views/payment-sandbox/', import.meta.url);
const parseForm = bodyParser({ enableTypes: ['form'], formLimit: '8kb' });

/** Adds them to a router. */
export function addPages(router: Router, { checkouts, outcomes, now }: PageDeps): void {
  const show = createShow();
  const find = (ctx: Koa.Context & { params: Record<string, string> }): Checkout => {
    const checkout = checkouts.find(ctx.params['id'] ?? '');
    return checkout ?? ctx.throw(404);
  };
  router.get('/style.css', (ctx) => {
    ctx.type = 'text/css';
    ctx.set('Cache-Control', 'public, max-age=3600');
    ctx.body = show.style;
  });
  router.get('/', (ctx) => show.page(ctx, 'cards', { locale: wishedLocale(ctx, 'fr') }));
  router.get('/checkout/:id', (ctx) => {
    const checkout = find(ctx);
    if (checkout.state === 'confirming') return ctx.redirect(`/checkout/${checkout.id}/confirmation`);
    return checkout.state === 'open' ? show.card(ctx, checkout, {}) : show.end(ctx, checkout);
  });
  router.post('/checkout/:id', parseForm, async (ctx) => {
    const checkout = find(ctx);
    if (checkout.state !== 'open') return show.end(ctx, checkout);
    const form = textsOf(ctx.request.body);
    if (form['choice'] === 'cancel') return goOn(ctx, outcomes.cancel(checkout));
    const { number = '', expiry = '', code = '' } = form;
    const read = readCard({ number, expiry, code }, now());
    if (read.kind === 'wrong') return show.card(ctx, checkout, read.problems);
    return goOn(ctx, outcomes.pay(checkout, read.card));
  });
  router.get('/checkout/:id/confirmation', (ctx) => {
    const checkout = find(ctx);
    if (checkout.state !== 'confirming') return ctx.redirect(`/checkout/${checkout.id}`);
    return show.page(ctx, 'confirm', { checkout, locale: wishedLocale(ctx, checkout.locale) });
  });
  router.post('/checkout/:id/confirmation', parseForm, async (ctx) => {
    const checkout = find(ctx);
    if (checkout.state !== 'confirming') return show.end(ctx, checkout);
    const { choice } = textsOf(ctx.request.body);
    return goOn(ctx, choice === 'confirm' ? outcomes.confirm(checkout) : outcomes.refuse(checkout));
  });
}

/** Where the browser goes: on with the confirmation, back to the merchant, or to the end. */
function goOn(ctx: Koa.Context, { id, state, returnUrl }: Checkout): void {
  ctx.status = 303;
  if (state === 'confirming') ctx.redirect(`/checkout/${id}/confirmation`);
  else ctx.redirect(returnUrl ?? `/checkout/${id}`);
}

function textsOf(body: unknown): Record<string, string> {
  if (typeof body !== 'object' || body === null) return {};
  return Object.fromEntries(Object.entries(body).filter(([, value]) => typeof value === 'string'));
}

function wishedLocale(ctx: Koa.Context, usual: Locale): Locale {
  const wished = ctx.query['lang'];
  return wished === 'fr' || wished === 'en' ? wished : usual;
}

interface Shown {
  readonly locale: Locale;
  readonly checkout?: Checkout;
  readonly problems?: CardProblems;
}

function createShow() {
  const texts = createTexts(new URL('texts/', views));
  const eta = new Eta({ views: fileURLToPath(views), autoEscape: true, cache: true });
  const page = (ctx: Koa.Context, name: string, shown: Shown): void => {
    ctx.type = 'html';
    ctx.body = eta.render(`./${name}`, valuesOf(texts, shown, ctx.path));
  };
  return {
    style: readFileSync(new URL('style.css', views)),
    page,
    card(ctx: Koa.Context, checkout: Checkout, problems: CardProblems): void {
      page(ctx, 'card', { checkout, problems, locale: wishedLocale(ctx, checkout.locale) });
      if (Object.keys(problems).length > 0) ctx.status = 422;
    },
    end(ctx: Koa.Context, checkout: Checkout): void {
      page(ctx, 'end', { checkout, locale: wishedLocale(ctx, checkout.locale) });
    },
  };
}

function valuesOf(texts: Texts, { locale, checkout, problems = {} }: Shown, path: string): object {
  const tag = locale === 'fr' ? 'fr-FR' : 'en-GB';
  const amount = checkout?.amount ?? { unit: 'EUR', minor: 0 };
  const format = new Intl.NumberFormat(tag, { style: 'currency', currency: amount.unit });
  const decimals = format.resolvedOptions().maximumFractionDigits ?? 2;
  return {
    ...{
      locale,
      path,
      checkout,
      problems,
      cards: testCards.map((card) => ({ ...card, number: spacedNumber(card.number) })),
    },
    amount: format.format(amount.minor / 10 ** decimals),
    t: (key: string, params?: Record<string, string>) => texts.t(locale, key, params),
  };
}
