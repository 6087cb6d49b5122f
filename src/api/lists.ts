// Lists of the APIs: bare arrays with `offset` and `limit`, counts and links in headers (decisions 51, TMF630).
import { z } from 'zod';
import { InputError } from './problems.ts';
import type { ApiAnswer } from './route-types.ts';

const page = z.object({
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

/** Cuts the asked page out of a whole list. `href`: the list's own address. Throws InputError. */
export function listAnswer(
  whole: readonly unknown[],
  { query, href }: { query: URLSearchParams; href: string },
): ApiAnswer {
  const parsed = page.safeParse(Object.fromEntries(query));
  if (!parsed.success) {
    throw new InputError(parsed.error.issues.map(({ path, message }) => ({ field: path.join('.'), problem: message })));
  }
  const { offset, limit } = parsed.data;
  const body = whole.slice(offset, offset + limit);
  const at = (start: number, rel: string): string => `<${href}?offset=${start}&limit=${limit}>; rel="${rel}"`;
  const links = [
    ...(offset > 0 ? [at(Math.max(0, offset - limit), 'prev')] : []),
    ...(offset + limit < whole.length ? [at(offset + limit, 'next')] : []),
  ];
  return {
    body,
    headers: {
      'X-Total-Count': String(whole.length),
      'X-Result-Count': String(body.length),
      ...(links.length === 0 ? {} : { Link: links.join(', ') }),
    },
  };
}
