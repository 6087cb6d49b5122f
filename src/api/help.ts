// The help API (mission 4.13): articles for everybody, questions to advisors for customers, feedback without a name.
import { z } from 'zod';
import type { Help } from '../customer/help-articles.ts';
import { type ContactRequestView, contactTopics, type HelpDesk } from '../customer/help-desk.ts';
import { AppError } from '../errors.ts';
import { listAnswer } from './lists.ts';
import { type ApiContext, type ApiRoute, type OpenRoute, openWithInput, type Route, withInput } from './route-types.ts';
import { listQuery, moment } from './schemas.ts';

export interface HelpParts {
  readonly articles: Help;
  readonly desk: HelpDesk;
}

const base = '/help/v1';
const words = z.strictObject({ id: z.string(), title: z.string() });
const articleSchema = words.extend({
  href: z.string(),
  text: z.array(z.string()),
  contact: z.array(z.strictObject({ kind: z.enum(['phone', 'email', 'post']), label: z.string(), value: z.string() })),
  /** Pages that help on; without `href` it is a page of the client itself. */
  links: z.array(z.strictObject({ rel: z.string(), name: z.string(), href: z.string().optional() })),
});
const topicSchema = words.extend({ articles: z.array(words.extend({ href: z.string() })) });

/** Its routes; none without its parts. */
export function helpRoutes({ help, issuer }: ApiContext): Route[] {
  if (help === undefined) return [];
  const href = `${issuer}/api${base}`;
  return [...articleRoutes(help, href), feedbackRoute(help), ...contactRoutes(help, href)];
}

function articleRoutes({ articles }: HelpParts, href: string): OpenRoute[] {
  const linked = (id: string) => `${href}/articles/${id}`;
  return [
    {
      ...{ open: true, method: 'GET', path: `${base}/tree` },
      summary: 'All topics of the help with their articles; the same for every client',
      answers: { 200: z.array(topicSchema) },
      async handle({ locale }) {
        const body = articles.tree(locale).map((topic) => ({
          ...topic,
          articles: topic.articles.map((one) => ({ ...one, href: linked(one.id) })),
        }));
        return { body, headers: { 'Content-Language': locale } };
      },
    },
    {
      ...{ open: true, method: 'GET', path: `${base}/articles/:id` },
      summary: 'One article, with the contact channels of the brand where it is about them',
      answers: { 200: articleSchema },
      refusals: ['not_found'],
      async handle({ params, locale }) {
        const found = articles.article(params['id'] ?? '', locale);
        if (found === undefined) throw new AppError('not_found');
        const { id, title, text, channels, links } = found;
        const body = { id, href: linked(id), title, text, contact: channels, links };
        return { body, headers: { 'Content-Language': locale } };
      },
    },
  ];
}

const noControls = (text: string): boolean =>
  !/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(text.replace(/\r?\n/g, ''));
const plain = (most: number) =>
  z
    .string()
    .trim()
    .max(most * 2)
    .refine((text) => Array.from(text).length <= most, `has more than ${most} characters`)
    .refine(noControls, 'has control characters');

function feedbackRoute({ desk }: HelpParts): OpenRoute {
  return openWithInput({
    ...{ open: true, method: 'POST', path: `${base}/feedback` },
    summary: 'Say what a page is worth; kept without account and address, so put nothing personal into it',
    input: z.strictObject({
      page: z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/),
      rating: z.int().min(1).max(5),
      text: plain(500).default(''),
    }),
    answers: { 204: null },
    async handle({ input }) {
      await desk.takeFeedback(input);
      return {};
    },
  });
}

const requestSchema = z.strictObject({
  id: z.string(),
  href: z.string(),
  topic: z.enum(contactTopics),
  text: z.string(),
  status: z.enum(['acknowledged', 'resolved']),
  creationDate: moment,
  answer: z.string().optional(),
  resolutionDate: moment.optional(),
});

function contactRoutes({ desk }: HelpParts, href: string): ApiRoute[] {
  const path = `${base}/contact-requests`;
  const list = `${href}/contact-requests`;
  return [
    {
      ...{ method: 'GET', path, scope: 'notification.read', level: 'P' },
      summary: 'The customer’s questions to advisors, newest first, with their answers',
      query: listQuery,
      answers: { 200: z.array(requestSchema) },
      async handle({ token, query }) {
        const all = await desk.questions(token.accountId);
        return listAnswer(
          all.map((one) => requestBody(one, list)),
          { query, href: list },
        );
      },
    },
    withInput({
      ...{ method: 'POST', path, scope: 'notification.write', level: 'P', idempotent: true },
      summary: 'Ask an advisor; the answer comes as a notification. Never with a PIN, a password or a code',
      input: z.strictObject({
        topic: z.enum(contactTopics),
        text: plain(2_000).refine((text) => text !== '', 'is empty'),
      }),
      answers: { 201: requestSchema },
      async handle({ token, input, idempotencyKey = '' }) {
        const asked = await desk.ask(token.accountId, { ...input, idempotencyKey });
        return { status: 201, body: requestBody(asked, list) };
      },
    }),
  ];
}

function requestBody({ id, topic, text, sentAt, answer, answeredAt }: ContactRequestView, list: string) {
  return {
    ...{ id, href: `${list}#${id}`, topic, text, creationDate: sentAt },
    status: answer === undefined ? ('acknowledged' as const) : ('resolved' as const),
    ...(answer === undefined ? {} : { answer }),
    ...(answeredAt === undefined ? {} : { resolutionDate: answeredAt }),
  };
}
