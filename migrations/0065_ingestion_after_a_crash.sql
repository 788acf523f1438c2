-- Purpose: where one process holds the database, what it had taken when it died is free at once.
-- Lock cost: a policy and a grant: a moment on ingestion_item.

create policy ingestion_item_free on ingestion_item for update to troupe_knowledge using (true) with check (true);
grant update (due_at) on ingestion_item to troupe_knowledge;
