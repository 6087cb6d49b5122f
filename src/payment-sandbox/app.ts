// A payment provider for trying: checkouts by a signed API, a page that takes test cards, signed notifications. It takes
// no money, keeps no card number, and of its merchant it knows an address and a shared secret.
import { createServer, type Server } from 'node:http';
import { bodyParser } from '@koa/bodyparser';
import Router from '@koa/router';
import Koa from 'koa';
import { z } from 'zod';
import { createCheckouts } from './checkouts.ts';
import { createNotifications, type NotificationDeps } from './notifications.ts';
import { createOutcomes } from './outcomes.ts';
import { addPages } from './pages.ts';
import { isSigned, signatureHeader } from './signature.ts';

export interface PaymentSandboxDeps extends Omit<NotificationDeps, 'newReference'> {
  readonly randomBytes: (size: number) => Buffer;
}

export interface PaymentSandbox {
  /** Its own origin. */
  readonly url: string;
  /** Messages that the merchant has not taken yet. */
  waiting(): number;
  stop(): Promise<void>;
}

const sweepMs = 1_000;

/** Starts it on a port of this machine; 0 takes any free one. Throws when the port is taken. */
export async function startPaymentSandbox(deps: PaymentSandboxDeps, port: number): Promise<PaymentSandbox> {
  const { now, randomBytes, secret } = deps;
  const newReference = () => `chk_${randomBytes(16).toString('base64url')}`;
  const notifications = createNotifications({ ...deps, newReference });
  const checkouts = createCheckouts({ now, newReference });
  const outcomes = createOutcomes({ notifications, newReference: () => randomBytes(4).toString('hex') });
  const router = new Router();
  const server = createServer(appOf(router).callback());
  const url = await listen(server, port);
  addApi(router, { checkouts, secret, now, url });
  addPages(router, { checkouts, outcomes, now });
  const sweep = setInterval(() => checkouts.expire().forEach(outcomes.expired), sweepMs);
  return {
    url,
    waiting: notifications.waiting,
    async stop() {
      clearInterval(sweep);
      notifications.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const headers = {
  'Cache-Control': 'no-store',
  // No `form-action`: the way back to the merchant is a redirect of a form.
  'Content-Security-Policy': "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

function appOf(router: Router): Koa {
  const app = new Koa();
  app.use(async (ctx, next) => {
    ctx.set(headers);
    // Another site’s name that leads to this machine gets nothing.
    if (!/^(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?$/.test(ctx.host)) ctx.throw(403);
    if (ctx.method === 'POST' && ctx.get('Sec-Fetch-Site') === 'cross-site') ctx.throw(403);
    await next();
  });
  app.use(router.routes());
  // Broken connections and refused requests are no news.
  app.silent = true;
  return app;
}

async function listen(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const taken = address !== null && typeof address === 'object' ? address.port : port;
  return `http://localhost:${taken}`;
}

const amount = z.strictObject({ unit: z.string().regex(/^[A-Z]{3}$/), minor: z.number().int().positive() });
const checkoutOrder = z.object({
  merchantReference: z.string().min(1).max(100),
  amount,
  merchant: z.string().min(1).max(100),
  description: z.string().min(1).max(300),
  locale: z.enum(['fr', 'en']),
  returnUrl: z
    .url({ protocol: /^https?$/ })
    .max(1_000)
    .optional(),
  expiresInSeconds: z.number().int().min(60).max(86_400),
});
const refundOrder = z.object({ refundReference: z.string().min(1).max(100), reference: z.string().max(100), amount });

interface ApiDeps {
  readonly checkouts: ReturnType<typeof createCheckouts>;
  readonly secret: string;
  readonly now: () => Date;
  readonly url: string;
}

/** What the merchant asks for; every request is signed. */
function addApi(router: Router, { checkouts, secret, now, url }: ApiDeps): void {
  const parse = bodyParser({ enableTypes: ['json'], jsonLimit: '16kb' });
  const signed: Koa.Middleware = async (ctx, next) => {
    const signature = ctx.get(signatureHeader);
    const body: unknown = ctx.request.rawBody;
    if (typeof body !== 'string' || !isSigned(secret, { body, signature, now: now() })) ctx.throw(401);
    await next();
  };
  router.post('/v1/checkouts', parse, signed, (ctx) => {
    const order = checkoutOrder.safeParse(ctx.request.body);
    if (!order.success) return ctx.throw(422);
    const checkout = checkouts.create(order.data);
    if (checkout === undefined) return ctx.throw(409);
    ctx.status = 201;
    ctx.body = { reference: checkout.id, url: `${url}/checkout/${checkout.id}` };
  });
  router.post('/v1/refunds', parse, signed, (ctx) => {
    const order = refundOrder.safeParse(ctx.request.body);
    if (!order.success) return ctx.throw(422);
    const outcome = checkouts.refund(order.data);
    if (outcome !== 'done') return ctx.throw(outcome === 'unknown' ? 404 : 409);
    ctx.status = 201;
    ctx.body = { state: 'done' };
  });
}
