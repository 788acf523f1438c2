-- Purpose: where a document came from, so that the same source again replaces it, and what its text was read from.
-- Lock cost: columns without defaults and an index on a table that is small yet: a moment.

alter table document
  add column source text,
  add column format text not null default 'text';
create unique index document_source on document (tenant_id, source) where source is not null;
