-- Purpose: answers of models that are kept for the same question, what they saved, and which tenants are in safe mode.
-- Lock cost: new tables; a column with a constant default: access exclusive on model_call for milliseconds.

-- What an answer that was kept would have cost: a line of the ledger whose outcome is `cached` has it.
alter table model_call add column saved_micro_usd bigint not null default 0;

-- `partition` is a digest of everything that has to be the same (agent, instructions, model, what was said before, what
-- the reader may read and its state, numbers and negations of the question); within it questions are compared.
-- Nothing is kept in which personal data was found. The question itself is not kept.
create table cached_answer (
  tenant_id text not null,
  partition bytea not null,
  answer_id text not null,
  question bytea not null,
  embedding bytea not null,
  answer jsonb not null,
  cost_micro_usd bigint not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  primary key (tenant_id, partition, answer_id),
  unique (tenant_id, partition, question)
);
create index cached_answer_age on cached_answer (tenant_id, created_at);

-- Since when, and by which account: told once when it begins and once when it ends, by whichever node sees it first.
create table safe_mode (
  tenant_id text primary key,
  account text not null,
  since timestamptz not null default now()
);

do $$
declare t text;
begin
  foreach t in array array['cached_answer', 'safe_mode'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format(
      'create policy %I on %I for all to troupe_app using (tenant_id = current_setting(''app.tenant_id'', true)) with check (tenant_id = current_setting(''app.tenant_id'', true))',
      t || '_own', t);
    execute format('grant select, insert, update, delete on %I to troupe_app', t);
  end loop;
end $$;
