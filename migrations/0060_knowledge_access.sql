-- Purpose: who may read which document: sensitivity, roles, expiry and legal hold, decided by row-level security inside each query.
-- Lock cost: columns with constant defaults and policies: access exclusive on document and chunk for milliseconds.

-- Sensitivity: 0 public, 1 internal, 2 confidential, 3 restricted (lib/core/knowledge/access.ts).
alter table document
  add column sensitivity smallint not null default 0 check (sensitivity between 0 and 3),
  add column roles text[] not null default '{}',
  add column expires_at timestamptz,
  add column legal_hold boolean not null default false;

-- A passage carries its document's rules, so that the policy of each row a search reads is a comparison, not a look-up.
alter table chunk
  add column sensitivity smallint not null default 0,
  add column roles text[] not null default '{}',
  add column expires_at timestamptz;

create function knowledge_access_follows() returns trigger language plpgsql as $$
begin
  update chunk set sensitivity = new.sensitivity, roles = new.roles, expires_at = new.expires_at
  where tenant_id = new.tenant_id and document_id = new.document_id;
  return null;
end $$;
create trigger document_access_follows after update of sensitivity, roles, expires_at on document
  for each row when ((old.sensitivity, old.roles, old.expires_at) is distinct from (new.sensitivity, new.roles, new.expires_at))
  execute function knowledge_access_follows();

-- Whether the reader of this transaction may read a row. Without a reader: what is public, unexpired and for every role.
-- `*` stands for all roles, `app.expired` for the keeper who removes what has expired.
create function knowledge_readable(p_sensitivity smallint, p_roles text[], p_expires_at timestamptz)
returns boolean language sql stable parallel safe as $$
  select p_sensitivity <= coalesce(nullif(current_setting('app.clearance', true), ''), '0')::integer
    and (p_roles = '{}' or (p_roles || '*'::text) && string_to_array(coalesce(current_setting('app.roles', true), ''), ','))
    and (p_expires_at is null or p_expires_at > now() or current_setting('app.expired', true) = 'shown')
$$;

-- Restrictive: it narrows what the tenant's policy allows. It holds for changes too: nobody writes what he may not read.
create policy document_readable on document as restrictive for all to troupe_app
  using (knowledge_readable(sensitivity, roles, expires_at));
create policy chunk_readable on chunk as restrictive for all to troupe_app
  using (knowledge_readable(sensitivity, roles, expires_at));
create policy document_held on document as restrictive for delete to troupe_app using (not legal_hold);
