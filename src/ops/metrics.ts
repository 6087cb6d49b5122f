// What a node counts and measures, for Prometheus: few labels, all from small closed sets, never an id or a number.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const quick = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30];
/** People find their phone and type a PIN. */
const slow = [1, 2, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300];

/** Every metric of ours, with what it says; docs/metrics.md is made from this. */
export const metricCatalogue = {
  audit_events_total: {
    help: 'Business events of the journal; brand: of the issuer, where an event is one’s.',
    labels: ['action', 'outcome', 'brand'],
  },
  attempts_ended_total: {
    help: 'Requests on phones that ended, by how: approved, cancelled, fraud, blocked …; late: the answer came after the end; expired: none came, and decoys end so too.',
    labels: ['outcome'],
  },
  sim_push_send_seconds: {
    help: 'From the acceptance of a request to the moment that the SMSC has taken it.',
    labels: [],
    buckets: quick,
  },
  sim_push_answer_seconds: {
    help: 'From there to the signed answer of the SIM: the network, the phone and the person.',
    labels: [],
    buckets: slow,
  },
  sim_answers_dropped_total: { help: 'Answers of SIMs that failed a check.', labels: ['reason'] },
  sms_submits_total: {
    help: 'Short messages offered to the SMSC: accepted, refused, throttled, unreachable, unknown.',
    labels: ['outcome'],
  },
  smpp_bound: { help: '1 while this node is bound to the SMSC.', labels: [], gauge: true },
  smpp_window: {
    help: 'Messages to the SMSC: in_flight without a response yet, waiting for a place in the window.',
    labels: ['place'],
    gauge: true,
  },
  waiting: {
    help: 'Connections that wait for a phone: browser (status of a login), poller (CIBA token requests).',
    labels: ['who'],
    gauge: true,
  },
  jobs_total: { help: 'Tries of jobs that ended.', labels: ['queue', 'outcome'] },
  jobs_queued: { help: 'Jobs that wait, of all nodes; read once a minute.', labels: ['queue'], gauge: true },
  database_connections: {
    help: 'Of this node’s pool to PostgreSQL: busy, idle; waiting are requests without a connection.',
    labels: ['state'],
    gauge: true,
  },
  redis_events_total: {
    help: 'Connections to Redis (connected, lost), commands that failed, and evicting: its policy may lose records.',
    labels: ['event'],
  },
  http_request_duration_seconds: {
    help: 'Time to answer, by route pattern.',
    labels: ['route', 'method', 'status'],
    buckets: quick,
  },
} as const satisfies Record<string, MetricEntry>;

interface MetricEntry {
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds in seconds: it is a histogram. */
  readonly buckets?: readonly number[];
  /** A value that goes up and down; otherwise it is a counter. */
  readonly gauge?: true;
}

type Name = keyof typeof metricCatalogue;
type Reading = number | Readonly<Record<string, number>>;

export interface Metrics {
  /** `brand`: of the issuer, where an event is one's. */
  countEvent(labels: { action: string; outcome: string; brand?: string }): void;
  countAttempt(outcome: string): void;
  countDroppedAnswer(reason: string): void;
  /** `outcome`: `accepted`, `refused`, `throttled`, `unknown` … a small closed set. */
  countSubmit(outcome: string): void;
  countJob(labels: { queue: string; outcome: string }): void;
  /** `connected`, `lost`, `failed` (a command), `evicting` (it may throw records away). */
  countRedis(event: string): void;
  /** How long a request took to the SMSC, or from there to its answer. */
  observePush(step: 'send' | 'answer', seconds: number): void;
  /** `route` is a pattern, never a path (decisions 42). */
  observeRequest(request: { route: string; method: string; status: number; seconds: number }): void;
  /** One more that waits; the function that is given back says that it waits no more. */
  enterWaiting(who: 'browser' | 'poller'): () => void;
  /** Reads a gauge whenever somebody asks for the metrics: a number, or numbers by the value of its only label. */
  watch(name: Name, read: () => Reading | Promise<Reading>): void;
  /** Prometheus text. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Makes a registry of its own; `process: true` adds what prom-client says of memory, event loop and handles. */
export function createMetrics(options: { process?: boolean } = {}): Metrics {
  const registry = new Registry();
  if (options.process) collectDefaultMetrics({ register: registry });
  const base = (name: Name) => {
    const { help, labels } = metricCatalogue[name];
    return { name, help, labelNames: [...labels] as string[], registers: [registry] };
  };
  const counter = (name: Name) => new Counter(base(name));
  const histogram = (name: 'sim_push_send_seconds' | 'sim_push_answer_seconds' | 'http_request_duration_seconds') =>
    new Histogram({ ...base(name), buckets: [...metricCatalogue[name].buckets] });
  const events = counter('audit_events_total');
  const attempts = counter('attempts_ended_total');
  const dropped = counter('sim_answers_dropped_total');
  const submits = counter('sms_submits_total');
  const jobs = counter('jobs_total');
  const redis = counter('redis_events_total');
  const pushes = { send: histogram('sim_push_send_seconds'), answer: histogram('sim_push_answer_seconds') };
  const requests = histogram('http_request_duration_seconds');
  const waiting = new Gauge(base('waiting'));
  for (const who of ['browser', 'poller']) waiting.set({ who }, 0);
  return {
    countEvent: (labels) => events.inc(labels),
    countAttempt: (outcome) => attempts.inc({ outcome }),
    countDroppedAnswer: (reason) => dropped.inc({ reason }),
    countSubmit: (outcome) => submits.inc({ outcome }),
    countJob: (labels) => jobs.inc(labels),
    countRedis: (event) => redis.inc({ event }),
    observePush: (step, seconds) => pushes[step].observe(Math.max(0, seconds)),
    observeRequest: ({ route, method, status, seconds }) =>
      requests.observe({ route, method, status: `${Math.floor(status / 100)}xx` }, seconds),
    enterWaiting(who) {
      waiting.inc({ who });
      return onlyOnce(() => waiting.dec({ who }));
    },
    watch: (name, read) => watchGauge(base(name), read),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

type GaugeBase = { name: Name; help: string; labelNames: string[]; registers: Registry[] };

function watchGauge(base: GaugeBase, read: () => Reading | Promise<Reading>): void {
  const [label] = base.labelNames;
  new Gauge({
    ...base,
    async collect() {
      this.reset();
      // What cannot be read is left out: the rest is worth having then more than ever.
      const reading = await Promise.resolve()
        .then(read)
        .catch(() => ({}));
      if (typeof reading === 'number') return this.set(reading);
      for (const [value, number] of Object.entries(reading))
        if (label !== undefined) this.set({ [label]: value }, number);
    },
  });
}

function onlyOnce(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}

/** The text of docs/metrics.md. */
export function renderMetricDocs(): string {
  const rows = Object.entries<MetricEntry>(metricCatalogue).map(([name, { help, labels, buckets, gauge }]) => {
    const kind = buckets ? 'histogram' : gauge ? 'gauge' : 'counter';
    const shown = labels.map((label) => `\`${label}\``).join(', ') || '–';
    return `| \`${name}\` | ${kind} | ${shown} | ${help} |`;
  });
  return `# Metrics

<!-- Generated by \`npm run cli -- docs\`. Do not edit. -->

\`GET /metrics\` at \`OPS_PORT\`, for Prometheus, one node at a time. Beside these there is what prom-client says of every
Node process: \`process_cpu_*\`, \`process_resident_memory_bytes\`, \`nodejs_heap_*\`, and the delay of the event loop as
\`nodejs_eventloop_lag_*_seconds\`. No label holds an id, a number or an address.

| metric | kind | labels | what it says |
|---|---|---|---|
${rows.join('\n')}
`;
}
