-- Purpose: pages that are gone from their site are removed; how old a document's text is, and when it was last seen to stand so.
-- Lock cost: columns without defaults and two checks over ingestion_item, which is scanned: access exclusive for as long as that takes, some ms per 10,000 rows.

alter table document
  -- The sitemap that listed its page last.
  add column site text,
  -- When this text came; null: with the document.
  add column changed_at timestamptz,
  -- When its source was last read and said this; null: when it came.
  add column confirmed_at timestamptz;
create index document_site on document (tenant_id, site) where site is not null;

alter table ingestion_item
  -- What was said of the error, last time.
  add column detail text,
  drop constraint ingestion_item_step_check,
  drop constraint ingestion_item_state_check,
  add constraint ingestion_item_step_check check (step in ('sitemap', 'fetch', 'index', 'remove', 'finished')),
  add constraint ingestion_item_state_check
    check (state in ('waiting', 'running', 'done', 'unchanged', 'gone', 'dead', 'cancelled'));
