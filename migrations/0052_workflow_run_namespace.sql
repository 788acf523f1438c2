-- Purpose: the list of runs knows the namespace of each workflow, which lifecycle events are named by.
-- Lock cost: a column with a constant default is added without rewriting the table; the lock is held for a moment.
alter table workflow_run add column namespace text not null default '';
