// Runs the steps of one card one after the other: a card has one processor, and a step that waits for the disk must
// not be overtaken by the next key or packet.

export type Serial = <T>(step: () => Promise<T>) => Promise<T>;

/** A queue of its own; a step that fails rejects its own promise and stops nothing else. */
export function createSerial(): Serial {
  let last: Promise<unknown> = Promise.resolve();
  return (step) => {
    const result = last.then(step);
    last = result.catch(() => undefined);
    return result;
  };
}
