-- Purpose: one job forgets what identity no longer needs: sign-ups, links, sign-ins with their refresh tokens.
-- Lock cost: grants, and an index on a table that holds living sign-ins only.

grant delete on sign_up, sign_in, refresh_token, password_link to troupe_identity;
revoke delete on sign_up from troupe_control;
create index refresh_token_session on refresh_token (tenant_id, session_id);
