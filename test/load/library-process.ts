// The bare library in a process of its own.
import { startLibrary } from './library.ts';
import { serveParent } from './parent-talk.ts';

const library = await startLibrary(process.env['BENCH_STORE'] ?? 'memory');
serveParent({ ready: { origin: library.origin }, stop: library.stop });
