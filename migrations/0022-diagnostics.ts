// Diagnostics of lines and Internet accesses, the cases that come of them, and the faults of the sandbox's network.
import { type Kysely, sql } from 'kysely';

const statements = [
  `create table diagnostic_runs (
     id text primary key,
     brand text not null,
     kind text not null check (kind in ('mobile', 'internet')),
     line_id text references lines (id) on delete cascade,
     contract_id text references contracts (id) on delete cascade,
     account_id text not null references accounts (id) on delete cascade,
     problem text not null,
     state text not null check (state in
       ('queued', 'running', 'awaiting_restart', 'awaiting_confirmation', 'done', 'failed')),
     step smallint not null default 0 check (step >= 0),
     progress smallint not null default 0 check (progress between 0 and 100),
     measures jsonb not null default '[]',
     result text,
     restored boolean,
     idempotency_key text not null,
     created_at timestamptz not null,
     deadline_at timestamptz not null,
     restart_asked_at timestamptz,
     restarted_at timestamptz,
     ended_at timestamptz,
     moved_at timestamptz not null,
     check ((kind = 'mobile') = (line_id is not null)),
     check (kind = 'mobile' or contract_id is not null),
     check ((state in ('done', 'failed')) = (result is not null)),
     check ((result is null) = (ended_at is null)),
     unique (account_id, idempotency_key)
   )`,
  // One at a time for each line and each access.
  `create unique index diagnostic_runs_one_line on diagnostic_runs (line_id) where ended_at is null`,
  `create unique index diagnostic_runs_one_access on diagnostic_runs (contract_id)
     where kind = 'internet' and ended_at is null`,
  'create index diagnostic_runs_account on diagnostic_runs (account_id, created_at desc)',
  'create index diagnostic_runs_contract on diagnostic_runs (contract_id, created_at desc)',
  'create index diagnostic_runs_open on diagnostic_runs (moved_at) where ended_at is null',
  'create index diagnostic_runs_oldest on diagnostic_runs (created_at)',
  // What a person was shown stays true: progress never goes back, and a result is final.
  `create function keep_diagnosis() returns trigger language plpgsql as $$
     begin
       if old.ended_at is not null then
         raise exception 'a diagnosis that has ended does not change';
       end if;
       new.progress := greatest(new.progress, old.progress);
       return new;
     end $$`,
  `create trigger keep_diagnosis before update on diagnostic_runs
     for each row execute function keep_diagnosis()`,
  `create table support_cases (
     id text primary key,
     brand text not null,
     run_id text not null unique references diagnostic_runs (id) on delete cascade,
     account_id text not null references accounts (id) on delete cascade,
     line_id text references lines (id) on delete cascade,
     contract_id text references contracts (id) on delete cascade,
     reason text not null,
     status text not null check (status in
       ('acknowledged', 'pending', 'held', 'inProgress', 'resolved', 'closed', 'rejected', 'cancelled')),
     created_at timestamptz not null,
     changed_at timestamptz not null,
     told_at timestamptz
   )`,
  'create index support_cases_account on support_cases (account_id, created_at desc)',
  'create index support_cases_contract on support_cases (contract_id, created_at desc)',
  `create table sandbox_faults (
     subject_id text primary key,
     line_id text references lines (id) on delete cascade,
     contract_id text references contracts (id) on delete cascade,
     fault text not null,
     since timestamptz not null,
     check (num_nonnulls(line_id, contract_id) = 1),
     check (subject_id = coalesce(line_id, contract_id))
   )`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
