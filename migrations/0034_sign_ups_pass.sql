-- Purpose: a sign-up holds an address before there is a tenant to whom it belongs: it goes once it has been used or has expired.
-- Lock cost: a grant.

grant delete on sign_up to troupe_control;
