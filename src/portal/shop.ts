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

/** The shop as a relying party. Its logout is its own affair: the person stays logged in at her operator. */
export function shopParty({ client, sessions }: ShopDeps): RelyingParty {
  return {
    site: 'shop',
    prefix: '/shop',
    landing: '/shop/account',
    client,
    sessions,
    requiredAcr: atLeastThePhone,
    authorizationParameters: () => mobileConnectParameters,
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
      data: { notice },
    });
  });
  router.get('/shop/account', (ctx) => {
    const session = sessions.find(ctx);
    if (session === undefined) {
      redirect(ctx, '/shop/login');
      return;
    }
    const { claims, login, scope, subject } = session;
    const data = {
      subject,
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
