-- Purpose: customers who want to be told nothing unasked (`unasked_refused`), and when they last said so.
-- Lock cost: two columns without a rewrite (a constant default, a nullable one).

alter table channel_thread add column unasked_refused boolean not null default false;
alter table channel_thread add column unasked_wished_at timestamptz;
