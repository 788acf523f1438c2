-- Purpose: a vector's row stays whole: it was over the 2 KB from which PostgreSQL squeezes a row, so that vectors were compressed and the tenant's id, of all, was moved out; a scan then looked it up for every row.
-- Lock cost: access exclusive on chunk_vector for a moment; rows that are there stay as they are until they are written again.

alter table chunk_vector set (toast_tuple_target = 8160);
alter table chunk_vector
  alter column tenant_id set storage plain,
  alter column space set storage plain;
