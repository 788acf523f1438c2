-- Purpose: the tenants' documents, the passages they are cut into, and the postings that find them.
-- Lock cost: new tables only.

create table document (
  tenant_id text not null references tenant,
  document_id text not null,
  title text not null,
  body text not null,
  -- SHA-256 of title and body: the same content again is the same document.
  digest bytea not null,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  primary key (tenant_id, document_id),
  unique (tenant_id, digest)
);

create table chunk (
  tenant_id text not null,
  chunk_id bigint generated always as identity,
  document_id text not null,
  ordinal integer not null,
  starts_at integer not null,
  ends_at integer not null,
  headings text not null,
  context text not null,
  title_length integer not null,
  body_length integer not null,
  -- The chunk's terms, so that its postings can be removed by their key.
  terms integer[] not null,
  primary key (tenant_id, chunk_id),
  unique (tenant_id, document_id, ordinal),
  foreign key (tenant_id, document_id) references document on delete cascade
);

create table posting (
  tenant_id text not null,
  term integer not null,
  chunk_id bigint not null,
  title_count smallint not null,
  body_count smallint not null,
  primary key (tenant_id, term, chunk_id)
);

-- Averages that the ranking needs, kept with each change.
create table knowledge_statistics (
  tenant_id text primary key,
  chunks bigint not null,
  title_terms bigint not null,
  body_terms bigint not null
);

do $$
declare t text;
begin
  foreach t in array array['document', 'chunk', 'posting', 'knowledge_statistics'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format(
      'create policy %I on %I for all to troupe_app using (tenant_id = current_setting(''app.tenant_id'', true)) with check (tenant_id = current_setting(''app.tenant_id'', true))',
      t || '_own', t);
    execute format('grant select, insert, update, delete on %I to troupe_app', t);
  end loop;
end $$;
