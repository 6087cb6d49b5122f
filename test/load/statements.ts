// What PostgreSQL was asked for, and which statements cost it most: its own statistics (pg_stat_statements), of a
// server that the benchmark has started itself.
import type pg from 'pg';

/** Settings of a server that counts its statements. */
export const countingSettings = {
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.track_planning': 'on',
  'pg_stat_statements.track_utility': 'on',
} as const;

export interface Statement {
  readonly callsPerFlow: number;
  readonly planMsPerFlow: number;
  readonly runMsPerFlow: number;
  readonly text: string;
}

export interface StatementReport {
  /** Round trips to the database for one flow: statements, and what begins and ends transactions. */
  readonly callsPerFlow: number;
  readonly transactionsPerFlow: number;
  readonly planMsPerFlow: number;
  readonly runMsPerFlow: number;
  /** Those that cost most. */
  readonly costliest: readonly Statement[];
}

export interface StatementCounter {
  /** Begins anew. */
  reset(): Promise<void>;
  read(flows: number): Promise<StatementReport>;
}

const mostListed = 10;
const mostCharacters = 160;
const boundary = /^(begin|start transaction|commit|rollback|set|savepoint|release)\b/i;

interface Row {
  readonly calls: number;
  readonly plan: number;
  readonly run: number;
  readonly text: string;
}

/** Counts in the database that the pool is connected to; the pool's own statements are left out. */
export async function countStatements(pool: pg.Pool): Promise<StatementCounter> {
  await pool.query('create extension if not exists pg_stat_statements');
  return {
    reset: async () => void (await pool.query('select pg_stat_statements_reset()')),
    async read(flows) {
      const { rows } = await pool.query<Row>(
        `select calls::float8 as calls, total_plan_time as plan, total_exec_time as run, query as text
         from pg_stat_statements
         where dbid = (select oid from pg_database where datname = current_database())
           and query not like '%pg_stat_%'`,
      );
      return summarize(rows, flows);
    },
  };
}

/** Figures for one flow. */
export function summarize(rows: readonly Row[], flows: number): StatementReport {
  const sum = (some: readonly Row[], field: 'calls' | 'plan' | 'run') =>
    rounded(some.reduce((total, row) => total + row[field], 0) / flows);
  const commits = rows.filter(({ text }) => /^(commit|rollback)\b/i.test(text));
  const costliest = rows
    .filter(({ text }) => !boundary.test(text))
    .toSorted((a, b) => b.plan + b.run - a.plan - a.run)
    .slice(0, mostListed);
  return {
    callsPerFlow: sum(rows, 'calls'),
    transactionsPerFlow: sum(commits, 'calls'),
    planMsPerFlow: sum(rows, 'plan'),
    runMsPerFlow: sum(rows, 'run'),
    costliest: costliest.map((row) => ({
      callsPerFlow: rounded(row.calls / flows),
      planMsPerFlow: rounded(row.plan / flows),
      runMsPerFlow: rounded(row.run / flows),
      text: row.text.replaceAll(/\s+/g, ' ').trim().slice(0, mostCharacters),
    })),
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
