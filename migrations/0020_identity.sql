-- Purpose: people who sign in with their roles, sessions with rotating refresh tokens, signing keys, widget keys, OIDC
-- providers, and what API keys need for listing, rotation and revocation by their tenant.
-- Lock cost: new tables; api_key gets nullable columns, which needs its lock for an instant.

create table tenant_user (
  tenant_id text not null references tenant,
  user_id text not null,
  email text not null check (email = lower(email) and length(email) between 3 and 254),
  role text not null check (role in ('owner', 'admin', 'agent', 'viewer')),
  state text not null default 'invited' check (state in ('invited', 'active', 'removed')),
  password_hash text,
  issuer text,
  subject text,
  created_at timestamptz not null default now(),
  signed_in_at timestamptz,
  primary key (tenant_id, user_id),
  unique (tenant_id, email)
);
create unique index tenant_user_oidc on tenant_user (tenant_id, issuer, subject) where issuer is not null;
create index tenant_user_email on tenant_user (email, created_at);

-- Who signs up has no tenant yet: it is made when the link in the mail is followed.
create table sign_up (
  link_hash bytea primary key check (length(link_hash) = 32),
  email text not null,
  tenant_name text not null,
  password_hash text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);

-- A link that sets a password once: of an invitation or of a forgotten password.
create table password_link (
  tenant_id text not null,
  link_hash bytea not null unique check (length(link_hash) = 32),
  user_id text not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  primary key (tenant_id, link_hash),
  foreign key (tenant_id, user_id) references tenant_user
);

-- A sign-in and the family of refresh tokens that descends from it.
create table sign_in (
  tenant_id text not null,
  session_id text not null unique,
  user_id text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  primary key (tenant_id, session_id),
  foreign key (tenant_id, user_id) references tenant_user
);
create index sign_in_user on sign_in (tenant_id, user_id);

create table refresh_token (
  tenant_id text not null,
  token_hash bytea not null unique check (length(token_hash) = 32),
  session_id text not null,
  created_at timestamptz not null default now(),
  used_at timestamptz,
  primary key (tenant_id, token_hash),
  foreign key (tenant_id, session_id) references sign_in
);

-- The platform's own keys for access tokens: one signs, the others are believed until what they signed has run out.
create table signing_key (
  key_id text primary key,
  public_jwk jsonb not null,
  sealed_private text not null,
  created_at timestamptz not null default now()
);

create table widget_key (
  tenant_id text not null references tenant,
  key_id text not null unique,
  sealed_secret text not null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  primary key (tenant_id, key_id)
);

create table oidc_provider (
  tenant_id text primary key references tenant,
  issuer text not null,
  client_id text not null,
  sealed_secret text not null,
  default_role text not null check (default_role in ('admin', 'agent', 'viewer')),
  updated_at timestamptz not null default now()
);

alter table api_key add column prefix text, add column last_used_at timestamptz;

do $$
declare t text;
begin
  foreach t in array array['tenant_user', 'password_link', 'sign_in', 'refresh_token', 'widget_key', 'oidc_provider', 'sign_up', 'signing_key'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy %I on %I for all to troupe_identity using (true) with check (true)', t || '_identity', t);
    execute format('grant select, insert, update on %I to troupe_identity', t);
  end loop;
  foreach t in array array['tenant_user', 'password_link', 'sign_in', 'widget_key', 'oidc_provider'] loop
    execute format('create policy %I on %I for all to troupe_app using (tenant_id = current_setting(''app.tenant_id'', true)) with check (tenant_id = current_setting(''app.tenant_id'', true))', t || '_own', t);
  end loop;
end $$;

-- The application sees who belongs to its tenant, and never a password's hash.
grant select (tenant_id, user_id, email, role, state, created_at, signed_in_at), insert, update (role, state) on tenant_user to troupe_app;
grant insert on password_link to troupe_app;
grant select, update (revoked_at) on sign_in to troupe_app;
grant select (tenant_id, key_id, created_at, revoked_at), insert, update (revoked_at) on widget_key to troupe_app;
grant select (tenant_id, issuer, client_id, default_role, updated_at), insert, update on oidc_provider to troupe_app;

create policy api_key_add on api_key for insert to troupe_app with check (tenant_id = current_setting('app.tenant_id', true));
create policy api_key_change on api_key for update to troupe_app
  using (tenant_id = current_setting('app.tenant_id', true)) with check (tenant_id = current_setting('app.tenant_id', true));
grant insert, update (revoked_at, expires_at) on api_key to troupe_app;
create policy api_key_used on api_key for update to troupe_identity using (true) with check (true);
grant update (last_used_at) on api_key to troupe_identity;

-- Following the link of a sign-up makes the tenant, its owner and the first key in one transaction.
create policy tenant_user_control on tenant_user for insert to troupe_control with check (true);
grant insert on tenant_user to troupe_control;
create policy sign_up_control on sign_up for all to troupe_control using (true) with check (true);
grant select, update (used_at) on sign_up to troupe_control;
