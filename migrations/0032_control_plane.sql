-- Purpose: feature flags, configs and stages of agents, each change a new row with who made it; and a version per tenant by which nodes see that something changed.
-- Lock cost: new tables only.

create table flag (
  tenant_id text not null references tenant,
  key text not null,
  version int not null check (version > 0),
  -- Null: removed.
  definition jsonb,
  changed_at timestamptz not null default now(),
  changed_by text not null,
  primary key (tenant_id, key, version)
);

create table config_value (
  tenant_id text not null references tenant,
  environment text not null,
  key text not null,
  version int not null check (version > 0),
  -- JSON, or the sealed JSON of a secret. Null: removed.
  value text,
  secret boolean not null,
  changed_at timestamptz not null default now(),
  changed_by text not null,
  primary key (tenant_id, environment, key, version)
);

create table agent_stage (
  tenant_id text not null references tenant,
  name text not null,
  stage text not null,
  -- Counts the changes of a stage.
  change int not null check (change > 0),
  -- Version of the agent's manifest that the stage points to.
  version int not null check (version > 0),
  changed_at timestamptz not null default now(),
  changed_by text not null,
  primary key (tenant_id, name, stage, change)
);

create table control_version (
  tenant_id text primary key references tenant,
  version bigint not null
);

do $$
declare t text;
begin
  foreach t in array array['flag', 'config_value', 'agent_stage', 'control_version'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format(
      'create policy %I on %I for all to troupe_app using (tenant_id = current_setting(''app.tenant_id'', true)) with check (tenant_id = current_setting(''app.tenant_id'', true))',
      t || '_own', t);
    execute format('grant select, insert on %I to troupe_app', t);
  end loop;
end $$;
grant update on control_version to troupe_app;
-- Sealing a secret anew after the data key was rotated changes how it is kept, not what it says.
grant update (value) on config_value to troupe_app;
