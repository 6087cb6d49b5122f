// Lists of the APIs: bare arrays with `offset` and `limit`, counts and links in headers (decisions 51, TMF630).
import { z } from 'zod';
import { inputErrorOf } from './problems.ts';
import type { ApiAnswer } from './route-types.ts';

const page = z.object({
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

export interface ListPage {
  readonly offset: number;
  readonly limit: number;
}

/** The page that is asked for. Throws InputError. */
export function pageOf(query: URLSearchParams): ListPage {
  const parsed = page.safeParse(Object.fromEntries(query));
  if (parsed.success) return parsed.data;
  throw inputErrorOf(parsed.error);
}

/** Cuts the asked page out of a whole list. `href`: the list's own address. Throws InputError. */
export function listAnswer(
  whole: readonly unknown[],
  { query, href }: { query: URLSearchParams; href: string },
): ApiAnswer {
  const { offset, limit } = pageOf(query);
  return pagedAnswer(whole.slice(offset, offset + limit), { offset, limit, total: whole.length, href });
}

/** One page of a list that was cut where it was read; `total` is the length of the whole. */
export function pagedAnswer(
  body: readonly unknown[],
  { offset, limit, total, href }: ListPage & { total: number; href: string },
): ApiAnswer {
  const at = (start: number, rel: string): string => `<${href}?offset=${start}&limit=${limit}>; rel="${rel}"`;
  const links = [
    ...(offset > 0 ? [at(Math.max(0, offset - limit), 'prev')] : []),
    ...(offset + limit < total ? [at(offset + limit, 'next')] : []),
  ];
  return {
    body,
    headers: {
      'X-Total-Count': String(total),
      'X-Result-Count': String(body.length),
      ...(links.length === 0 ? {} : { Link: links.join(', ') }),
    },
  };
}
