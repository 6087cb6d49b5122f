// The files of the web phone: read once at start, served with a policy that allows nothing but themselves.

import { readdir, readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { extname, join } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export interface StaticFiles {
  /** Answers when there is such a file; false when there is none. */
  serve(path: string, response: ServerResponse): boolean;
}

/** Reads the files of one directory: its names are the only paths that exist. */
export async function loadStaticFiles(directory: string): Promise<StaticFiles> {
  const names = (await readdir(directory)).filter((name) => TYPES[extname(name)] !== undefined);
  const files = new Map<string, Buffer>(
    await Promise.all(
      names.map(async (name) => [`/web-phone/${name}`, await readFile(join(directory, name))] as const),
    ),
  );
  return {
    serve(path, response) {
      const name = fileFor(path);
      const content = files.get(name);
      if (content === undefined) {
        return false;
      }
      response.writeHead(200, {
        'content-type': TYPES[extname(name)],
        'content-length': content.length,
        'cache-control': 'no-cache',
        'content-security-policy': POLICY,
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      });
      response.end(content);
      return true;
    },
  };
}

function fileFor(path: string): string {
  if (path === '/') {
    return '/web-phone/index.html';
  }
  return /^\/phone\/[^/]+$/.test(path) ? '/web-phone/phone.html' : path;
}
