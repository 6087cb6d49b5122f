// Where a browser may be sent after a login or a change of language: paths of this portal only.
// Pure. Everything that a browser might read as another host is refused (open redirects).

const maxLength = 512;
const controlOrBackslash = /[\p{Cc}\\]/u;

/**
 * Checks a path that came with a request.
 *
 * @returns the path and query in normal form, or `undefined` if it could lead anywhere else.
 */
export function parseOwnPath(path: unknown, baseUrl: string): string | undefined {
  if (typeof path !== 'string' || path.length > maxLength) return undefined;
  if (!path.startsWith('/') || path.startsWith('//') || controlOrBackslash.test(path)) return undefined;
  if (!URL.canParse(path, baseUrl)) return undefined;
  const url = new URL(path, baseUrl);
  if (url.origin !== new URL(baseUrl).origin) return undefined;
  // "/.//evil.test" becomes "//evil.test" only after dot segments are removed.
  return url.pathname.startsWith('//') ? undefined : url.pathname + url.search;
}
