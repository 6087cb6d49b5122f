// Reads a body that others made no further than a limit: of a request to us, or of an answer to ours.

/** The longest form or JSON object that an endpoint takes. */
export const mostFormBytes = 16_384;

/** The body as text; undefined if it is longer. */
export async function readBounded(parts: AsyncIterable<Uint8Array>, mostBytes: number): Promise<string | undefined> {
  const read: Uint8Array[] = [];
  let size = 0;
  for await (const part of parts) {
    size += part.length;
    if (size > mostBytes) return undefined;
    read.push(part);
  }
  return Buffer.concat(read).toString('utf8');
}
