// A small web shop of somebody else, on the same host for the demo: client `shop`, third party, Mobile Connect.
// It sees only its own pairwise `sub` and what the person allowed; its sessions are not the portal's.

import type { Router } from '@koa/router';
import { claimRows } from './customer-area.ts';
import { describeLogin } from './login-words.ts';
import type { OidcClient } from './oidc-client.ts';
import type { Pages } from './pages.ts';
import { personOf, type RelyingParty, redirect } from './relying-party.ts';
import type { Sessions } from './session.ts';

export interface ShopDeps {
  readonly client: OidcClient;
  readonly sessions: Sessions;
  readonly pages: Pages;
}

const atLeastThePhone = '2';

// What profile mobile-connect-2.3 asks of a request, besides state and nonce, which every login has.
const mobileConnectParameters = {
  scope: 'openid profile email',
  version: 'mc_di_r2_v2.3',
  client_name: 'Petite Boutique',
  acr_values: atLeastThePhone,
} as const;

// The goods in the window, and their prices in euros.
const goods = { mug: '24', plant: '18', lamp: '69' } as const;
type Good = keyof typeof goods;

const goodNames = ['mug', 'plant', 'lamp'] as const satisfies readonly Good[];

function goodOf(name: unknown): Good | undefined {
  return goodNames.find((good) => good === name);
}

// Words that every SIM shows, in one language: they are what is compared with the receipt.
const orderNames: Readonly<Record<Good, string>> = { mug: 'Tasse en grès', plant: 'Pilea en pot', lamp: 'Lampe' };
const binding = 'Commande';

/** What an order is approved by: a word to compare, and what is bought for how much. */
function orderContext(good: Good): string {
  return `${orderNames[good]}, ${goods[good]} €`;
}

/** The order that the person has approved on her phone, if this is what her last login was for. */
function approvedOrder(approved: string | undefined): { name: Good; amount: string } | undefined {
  const name = goodNames.find((one) => approved === `${binding}\n${orderContext(one)}`);
  return name && { name, amount: goods[name] };
}

// An operation of Mobile Connect: the same login, but the phone shows what it is for and is rung each time.
function orderParameters(good: Good, subject: string): Readonly<Record<string, string>> {
  return {
    ...mobileConnectParameters,
    scope: `${mobileConnectParameters.scope} mc_authz`,
    acr_values: '3 2',
    context: orderContext(good),
    binding_message: binding,
    login_hint: `PCR:${subject}`,
  };
}

/** The shop as a relying party. Its logout is its own affair: the person stays logged in at her operator. */
export function shopParty({ client, sessions }: ShopDeps): RelyingParty {
  return {
    site: 'shop',
    prefix: '/shop',
    landing: '/shop/account',
    client,
    sessions,
    requiredAcr: atLeastThePhone,
    authorizationParameters(ctx) {
      const good = goodOf(ctx.query['order']);
      const session = sessions.find(ctx);
      // Who wants to buy logs in first: then the phone that is rung is known.
      return good === undefined || session === undefined
        ? mobileConnectParameters
        : orderParameters(good, session.subject);
    },
    afterLogout: async () => '/shop?notice=signed-out',
  };
}

/** Adds the shop window and the customer's page. */
export function addShopPages(router: Router, { pages, sessions }: ShopDeps): void {
  router.get('/shop', (ctx) => {
    const session = sessions.find(ctx);
    const notice = ctx.query['notice'] === 'signed-out' ? 'notice.shop-signed-out' : undefined;
    pages.show(ctx, {
      site: 'shop',
      view: 'shop',
      title: 'shop.title',
      person: session && personOf(session),
      data: { notice, goods },
    });
  });
  router.get('/shop/account', (ctx) => {
    const session = sessions.find(ctx);
    if (session === undefined) {
      redirect(ctx, '/shop/login');
      return;
    }
    const { approved, claims, login, scope, subject } = session;
    const data = {
      subject,
      order: approvedOrder(approved),
      claims: claimRows(claims),
      scope: scope?.split(' ') ?? [],
      login: { method: describeLogin(login), at: login.at, acr: login.acr, amr: login.amr },
    };
    pages.show(ctx, {
      site: 'shop',
      view: 'shop-account',
      title: 'shop.account.title',
      person: personOf(session),
      data,
    });
  });
}
