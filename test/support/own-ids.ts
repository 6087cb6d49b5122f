// The ids of what a customer owns, found as a client finds them: in her own lists and in the answers to her orders.
import type { PublishedRoute } from './published-routes.ts';

/** Ids by the path that leads to them, each parameter as `{}`: `/contract/v1/contracts/{}` → [['ctr_1'], …]. */
export type OwnIds = Map<string, string[][]>;

export type Read = (path: string) => Promise<{ readonly status: number; readonly body: unknown }>;

const mostPerList = 3;

/** Reads all that a customer may read, by address; notes every id in it. */
export async function readEverything(
  routes: readonly PublishedRoute[],
  own: OwnIds,
  read: Read,
): Promise<Map<string, unknown>> {
  const seen = new Map<string, unknown>();
  const readable = routes.filter(({ method, scope }) => method === 'GET' && scope !== undefined);
  for (const route of readable.toSorted((a, b) => a.ids.length - b.ids.length)) {
    for (const values of instancesOf(route, own).slice(0, mostPerList)) {
      const address = addressOf(route, values);
      const { status, body } = await read(address);
      if (status !== 200) continue;
      seen.set(address, body);
      for (const id of idsIn(body)) note(own, `${keyOf(route.path)}/{}`, [...values, id]);
    }
  }
  return seen;
}

/** Notes an id; twice is once. */
export function note(own: OwnIds, key: string, values: string[]): void {
  const all = own.get(key) ?? [];
  if (!all.some((one) => one.join(' ') === values.join(' '))) own.set(key, [...all, values]);
}

/** Values for the parameters of a route, for each object that its path may lead to. */
export function instancesOf({ path, ids }: Pick<PublishedRoute, 'path' | 'ids'>, own: OwnIds): string[][] {
  return ids.length === 0 ? [[]] : (own.get(objectOf(path)) ?? []);
}

/** The kind of object that a path is about: up to its last parameter. */
export function objectOf(path: string): string {
  const key = keyOf(path.slice(0, path.lastIndexOf('}') + 1));
  return sameObjects.get(key) ?? key;
}

/** APIs about objects of another one, whose list they do not repeat. */
const sameObjects = new Map([
  ['/usage/v1/contracts/{}', '/contract/v1/contracts/{}'],
  ['/usage/v1/lines/{}', '/line/v1/lines/{}'],
]);

/** The path with each parameter as `{}`. */
export function keyOf(path: string): string {
  return path.replace(/\{\w+\}/g, '{}');
}

/** The address with these values for the parameters, in order. */
export function addressOf({ path, query }: Pick<PublishedRoute, 'path' | 'query'>, values: readonly string[]): string {
  let next = 0;
  const at = path.replace(/\{\w+\}/g, () => values[next++] ?? '');
  return query === '' ? at : `${at}?${query}`;
}

function idsIn(body: unknown): string[] {
  if (!Array.isArray(body)) return [];
  return body.flatMap((one: unknown) => {
    const id: unknown = typeof one === 'object' && one !== null && 'id' in one ? one.id : undefined;
    return typeof id === 'string' ? [id] : [];
  });
}
