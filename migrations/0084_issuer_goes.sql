-- Purpose: a tenant may take its sign-in issuer away again.
-- Lock cost: one grant.

grant delete on oidc_provider to troupe_identity;
