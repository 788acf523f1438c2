-- Purpose: agents as tenants declare them, version by version, and where a tenant's tools come from.
-- Lock cost: new tables only.

create table agent_manifest (
  tenant_id text not null references tenant,
  name text not null,
  version int not null check (version > 0),
  manifest jsonb not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, name, version)
);

create table tool_source (
  tenant_id text not null references tenant,
  name text not null,
  source jsonb not null,
  -- What the source offered when it was declared or last refreshed: a tool that appears later is not used by itself.
  tools jsonb not null,
  updated_at timestamptz not null default now(),
  primary key (tenant_id, name)
);

do $$
declare t text;
begin
  foreach t in array array['agent_manifest', 'tool_source'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format(
      'create policy %I on %I for all to troupe_app using (tenant_id = current_setting(''app.tenant_id'', true)) with check (tenant_id = current_setting(''app.tenant_id'', true))',
      t || '_own', t);
    execute format('grant select, insert, update, delete on %I to troupe_app', t);
  end loop;
end $$;
