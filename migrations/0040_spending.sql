-- Purpose: what model calls cost (one row each), the budgets that bound it, and what nodes hold of a budget meanwhile.
-- Lock cost: new tables, functions and one role only.

do $$
begin
  begin
    create role troupe_metering nologin nosuperuser nobypassrls;
  exception when duplicate_object or unique_violation then
    null; -- roles belong to the whole server
  end;
  begin
    grant troupe_metering to current_user;
  exception when unique_violation or object_in_use then
    null; -- a rival migration is granting it
  end;
end $$;
grant usage on schema public to troupe_metering;

-- The ledger: each attempt at a provider that cost or may have cost something. `measured` is false where the provider
-- did not say and the tokens were counted here.
create table model_call (
  tenant_id text not null,
  call_id text not null,
  at timestamptz not null default now(),
  source text not null,
  conversation_id text,
  agent text,
  tier text not null,
  model text not null,
  endpoint text not null,
  outcome text not null,
  input_tokens bigint not null,
  cached_input_tokens bigint not null,
  output_tokens bigint not null,
  measured boolean not null,
  cost_micro_usd bigint not null,
  latency_ms integer not null,
  primary key (tenant_id, call_id)
);
create index model_call_at on model_call (tenant_id, at);

create table budget (
  tenant_id text not null,
  budget_id text not null,
  scope text not null check (scope in ('tenant', 'agent', 'conversation')),
  period text not null check (period in ('day', 'week', 'month', 'ever')),
  limit_micro_usd bigint not null check (limit_micro_usd >= 0),
  alerts_at double precision[] not null default '{}',
  primary key (tenant_id, budget_id)
);

-- What was spent of a budget in a period (`account` names scope, subject and period). The platform's own cap is the
-- account of the tenant 'platform'.
create table budget_account (
  tenant_id text not null,
  account text not null,
  spent_micro_usd bigint not null default 0,
  primary key (tenant_id, account)
) with (fillfactor = 80);

-- What a node may still spend of an account without asking. It expires with its node, and is then free again.
create table budget_allotment (
  tenant_id text not null,
  account text not null,
  holder text not null,
  granted_micro_usd bigint not null,
  expires_at timestamptz not null,
  primary key (tenant_id, account, holder)
) with (fillfactor = 80);

do $$
declare t text;
begin
  foreach t in array array['model_call', 'budget', 'budget_account', 'budget_allotment'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format(
      'create policy %I on %I for all to troupe_app using (tenant_id = current_setting(''app.tenant_id'', true)) with check (tenant_id = current_setting(''app.tenant_id'', true))',
      t || '_own', t);
    execute format('create policy %I on %I for all to troupe_metering using (true) with check (true)', t || '_metering', t);
  end loop;
end $$;
grant select on model_call, budget_account to troupe_app;
grant select, insert, update, delete on budget to troupe_app;
grant select on budget to troupe_metering;
grant insert on model_call to troupe_metering;
grant select, insert, update on budget_account to troupe_metering;
grant select, insert, update, delete on budget_allotment to troupe_metering;

-- Grants a node more of an account: at least `p_need`, as much as a twentieth of what is left if that is more, so
-- that nodes ask seldom while there is plenty and exactly when there is little. 0: not even `p_need` is left.
create function budget_take(
  p_tenant text, p_account text, p_holder text, p_limit bigint, p_need bigint, p_ttl_ms integer,
  out granted bigint, out left_over bigint
) language plpgsql as $$
declare spent bigint; held bigint;
begin
  insert into budget_account (tenant_id, account) values (p_tenant, p_account) on conflict do nothing;
  select spent_micro_usd into spent from budget_account where tenant_id = p_tenant and account = p_account for update;
  delete from budget_allotment
    where tenant_id = p_tenant and account = p_account and expires_at < now() and holder <> p_holder;
  select coalesce(sum(granted_micro_usd), 0) into held from budget_allotment
    where tenant_id = p_tenant and account = p_account;
  left_over := greatest(p_limit - spent - held, 0);
  granted := 0;
  if left_over < p_need then return; end if;
  granted := least(left_over, greatest(p_need, left_over / 20));
  insert into budget_allotment as a (tenant_id, account, holder, granted_micro_usd, expires_at)
    values (p_tenant, p_account, p_holder, granted, now() + make_interval(secs => p_ttl_ms / 1000.0))
    on conflict (tenant_id, account, holder)
    do update set granted_micro_usd = a.granted_micro_usd + excluded.granted_micro_usd, expires_at = excluded.expires_at;
end $$;

-- What a node spent of its allotments, and what it gives back unused. Answers what was spent before and after.
create function budget_settle(
  p_tenants text[], p_accounts text[], p_holder text, p_spent bigint[], p_returned bigint[], p_ttl_ms integer
) returns table (tenant_id text, account text, spent_before bigint, spent_after bigint) language plpgsql as $$
begin
  -- The lock of `budget_take`, in one order for all.
  perform 1 from budget_account b join unnest(p_tenants, p_accounts) as r(t, a) on b.tenant_id = r.t and b.account = r.a
    order by b.tenant_id, b.account for update of b;
  update budget_allotment h
    set granted_micro_usd = greatest(h.granted_micro_usd - r.spent - r.returned, 0),
        expires_at = now() + make_interval(secs => p_ttl_ms / 1000.0)
    from unnest(p_tenants, p_accounts, p_spent, p_returned) as r(t, a, spent, returned)
    where h.tenant_id = r.t and h.account = r.a and h.holder = p_holder;
  return query
    update budget_account b set spent_micro_usd = b.spent_micro_usd + r.spent
    from unnest(p_tenants, p_accounts, p_spent) as r(t, a, spent)
    where b.tenant_id = r.t and b.account = r.a
    returning b.tenant_id, b.account, b.spent_micro_usd - r.spent, b.spent_micro_usd;
end $$;
revoke execute on function budget_take, budget_settle from public;
grant execute on function budget_take, budget_settle to troupe_metering;
