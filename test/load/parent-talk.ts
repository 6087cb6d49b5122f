// What a process of the benchmark says to the one that started it, over Node's own channel: that it is ready, and
// answers to what it is asked. It ends when it is told to, and when the other end is gone.

export interface Talk {
  /** Told once, when everything listens. */
  readonly ready: Readonly<Record<string, string>>;
  /** Answers a question; throws when it cannot. */
  readonly answer?: (question: string, about: string) => Promise<unknown>;
  stop(): Promise<unknown>;
}

interface Question {
  readonly id: number;
  readonly question: string;
  readonly about: string;
}

/** Serves the parent until the end. */
export function serveParent({ ready, answer, stop }: Talk): void {
  process.on('message', (asked: Question) => {
    const { id, question, about } = asked;
    void (answer?.(question, about) ?? Promise.reject(new Error('nothing can be asked'))).then(
      (said) => process.send?.({ id, said }),
      (error: unknown) => process.send?.({ id, failed: String(error) }),
    );
  });
  process.once('SIGTERM', () => void stop().finally(() => process.exit(0)));
  process.once('disconnect', () => process.exit(1));
  process.send?.({ ready });
}
