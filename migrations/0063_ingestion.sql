-- Purpose: ingestions that are worked on after they were accepted, item by item, with their progress; what no passage answered; documents whose sensitivity a person must confirm.
-- Lock cost: new tables only.

create table ingestion (
  tenant_id text not null references tenant,
  ingestion_id text not null,
  kind text not null check (kind in ('text', 'file', 'urls', 'sitemap')),
  label text not null,
  -- What is said of every document of it, and as whom it was given.
  spec jsonb not null,
  cancelled boolean not null default false,
  -- Its names tell of its documents: who may not read them does not see it.
  sensitivity smallint not null default 0,
  roles text[] not null default '{}',
  created_at timestamptz not null default now(),
  primary key (tenant_id, ingestion_id)
);

-- One document to be. `body`: the file, from acceptance or fetching until it has been taken in.
create table ingestion_item (
  tenant_id text not null,
  ingestion_id text not null,
  ordinal integer not null,
  name text not null,
  step text not null check (step in ('sitemap', 'fetch', 'index', 'finished')),
  state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'unchanged', 'dead', 'cancelled')),
  attempts integer not null default 0,
  due_at timestamptz not null default now(),
  body bytea,
  media_type text not null default '',
  document_id text,
  chunks integer not null default 0,
  code text,
  findings jsonb not null default '{}',
  quality text[] not null default '{}',
  language text,
  finished_at timestamptz,
  primary key (tenant_id, ingestion_id, ordinal),
  foreign key (tenant_id, ingestion_id) references ingestion on delete cascade
);
create index ingestion_item_due on ingestion_item (due_at) where state in ('waiting', 'running');

-- Files between the gateway that takes them and the ingestion that they are for.
create table ingestion_upload (
  tenant_id text not null references tenant,
  upload_id text not null,
  name text not null,
  media_type text not null,
  body bytea not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, upload_id)
);

-- Questions that the knowledge did not answer, without what is personal in them; like ones together.
create table knowledge_gap (
  tenant_id text not null references tenant,
  gap_id text not null,
  question text not null,
  examples text[] not null default '{}',
  asked integer not null default 1,
  state text not null default 'open' check (state in ('open', 'planned', 'answered', 'dismissed')),
  note text,
  answerability real not null,
  -- Of the question, by the lexical embedding: what is near is the same gap.
  embedding real[] not null,
  first_at timestamptz not null default now(),
  last_at timestamptz not null default now(),
  primary key (tenant_id, gap_id)
);
create index knowledge_gap_asked on knowledge_gap (tenant_id, state, asked desc);

create table document_review (
  tenant_id text not null,
  document_id text not null,
  -- As it was given, and as the classifier holds it to be: it is kept at the latter until a person decides.
  given smallint not null,
  proposed smallint not null,
  reasons jsonb not null,
  created_at timestamptz not null default now(),
  decided_at timestamptz,
  primary key (tenant_id, document_id),
  foreign key (tenant_id, document_id) references document on delete cascade
);

create table knowledge_rules (
  tenant_id text primary key references tenant,
  rules jsonb not null
);

do $$
declare t text;
begin
  foreach t in array array['ingestion', 'ingestion_item', 'ingestion_upload', 'knowledge_gap', 'document_review', 'knowledge_rules'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format(
      'create policy %I on %I for all to troupe_app using (tenant_id = current_setting(''app.tenant_id'', true)) with check (tenant_id = current_setting(''app.tenant_id'', true))',
      t || '_own', t);
    execute format('grant select, insert, update, delete on %I to troupe_app', t);
  end loop;
end $$;
create policy ingestion_readable on ingestion as restrictive for all to troupe_app
  using (knowledge_readable(sensitivity, roles, null));
create policy ingestion_item_readable on ingestion_item as restrictive for all to troupe_app
  using (exists (select from ingestion g where g.tenant_id = ingestion_item.tenant_id and g.ingestion_id = ingestion_item.ingestion_id));
create policy document_review_readable on document_review as restrictive for all to troupe_app
  using (exists (select from document d where d.tenant_id = document_review.tenant_id and d.document_id = document_review.document_id));
-- Whoever looks for work sees that there is some and whose, nothing else.
create policy ingestion_item_find on ingestion_item for select to troupe_knowledge using (true);
grant select (tenant_id, ingestion_id, state, due_at) on ingestion_item to troupe_knowledge;
-- An upload that no ingestion came for is thrown away.
create policy ingestion_upload_old on ingestion_upload for all to troupe_knowledge using (created_at < now() - interval '1 hour');
grant select (tenant_id, upload_id, created_at), delete on ingestion_upload to troupe_knowledge;
