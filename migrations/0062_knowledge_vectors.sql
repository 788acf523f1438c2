-- Purpose: a vector for each passage, by pgvector where it is there; what ingestion found out about a document; its versions.
-- Lock cost: a new table; columns with constant defaults: access exclusive on document for milliseconds.

-- pgvector is no trusted extension: an owner without the right goes on without it, and vectors are compared by the platform itself.
do $$
begin
  create extension if not exists vector;
exception when insufficient_privilege or undefined_file or feature_not_supported then
  raise notice 'pgvector is not there: vectors are kept as arrays';
end $$;

create table chunk_vector (
  tenant_id text not null,
  chunk_id bigint not null,
  -- What made it: vectors of different makers cannot be compared.
  space text not null,
  embedding real[] not null,
  primary key (tenant_id, chunk_id),
  foreign key (tenant_id, chunk_id) references chunk on delete cascade
);
do $$
begin
  if exists (select from pg_extension where extname = 'vector') then
    alter table chunk_vector alter column embedding type vector using embedding::vector;
  end if;
end $$;
alter table chunk_vector enable row level security;
alter table chunk_vector force row level security;
create policy chunk_vector_own on chunk_vector for all to troupe_app
  using (tenant_id = current_setting('app.tenant_id', true)) with check (tenant_id = current_setting('app.tenant_id', true));
grant select, insert, update, delete on chunk_vector to troupe_app;

alter table document
  add column language text,
  -- Kinds of attempts to give orders that stood in the text, and how many of each.
  add column findings jsonb not null default '{}',
  -- What a keeper should look at.
  add column quality text[] not null default '{}',
  add column version integer not null default 1,
  -- The space in which all of its passages have a vector; null until then.
  add column vector_space text,
  -- When its vectors are to be made; 'infinity' once they are there.
  add column vector_due_at timestamptz not null default now(),
  add column vector_attempts integer not null default 0;
create index document_vector_due on document (vector_due_at) where vector_due_at < 'infinity';

create table document_version (
  tenant_id text not null,
  document_id text not null,
  version integer not null,
  digest bytea not null,
  characters integer not null,
  replaced_at timestamptz not null default now(),
  primary key (tenant_id, document_id, version),
  foreign key (tenant_id, document_id) references document on delete cascade
);
alter table document_version enable row level security;
alter table document_version force row level security;
create policy document_version_own on document_version for all to troupe_app
  using (tenant_id = current_setting('app.tenant_id', true)) with check (tenant_id = current_setting('app.tenant_id', true));
grant select, insert, update, delete on document_version to troupe_app;

-- Works for any tenant: takes what is due, and reads no text.
do $$
begin
  begin
    create role troupe_knowledge nologin nosuperuser nobypassrls;
  exception when duplicate_object or unique_violation then
    null; -- roles belong to the whole server
  end;
  begin
    grant troupe_knowledge to current_user;
  exception when unique_violation or object_in_use then
    null; -- a rival migration is granting it
  end;
end $$;
grant usage on schema public to troupe_knowledge;
create policy document_vector_take on document for all to troupe_knowledge using (true) with check (true);
grant select (tenant_id, document_id, vector_space, vector_due_at, vector_attempts) on document to troupe_knowledge;
grant update (vector_due_at, vector_attempts) on document to troupe_knowledge;
