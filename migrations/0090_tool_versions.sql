-- Purpose: sources of tools get versions that never change and stages that they are promoted through, as agents have; and manifests say who made them.
-- Lock cost: columns with constant defaults and one primary key, made anew over as many rows as tenants have sources: milliseconds. Nodes of the version before go on reading; a source that is put by one of them in between is refused.

alter table tool_source
  add column version int not null default 1 check (version > 0),
  -- The last version of a source that was removed; it begins anew with the next.
  add column removed boolean not null default false,
  add column created_by text not null default '';
alter table tool_source rename column updated_at to created_at;
alter table tool_source drop constraint tool_source_pkey;
alter table tool_source add primary key (tenant_id, name, version);

-- A version stays as it was written.
revoke update, delete on tool_source from troupe_app;

alter table agent_manifest add column created_by text not null default '';
revoke update, delete on agent_manifest from troupe_app;

create table tool_stage (
  tenant_id text not null references tenant,
  name text not null,
  stage text not null,
  -- Counts the changes of a stage.
  change int not null check (change > 0),
  -- Version of the source that the stage points to.
  version int not null check (version > 0),
  changed_at timestamptz not null default now(),
  changed_by text not null,
  primary key (tenant_id, name, stage, change)
);
alter table tool_stage enable row level security;
alter table tool_stage force row level security;
create policy tool_stage_own on tool_stage for all to troupe_app
  using (tenant_id = current_setting('app.tenant_id', true))
  with check (tenant_id = current_setting('app.tenant_id', true));
grant select, insert on tool_stage to troupe_app;
