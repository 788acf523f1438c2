-- Purpose: vectors stay in their rows: read from beside them, an exact scan took three times as long.
-- Lock cost: access exclusive on chunk_vector for a moment; rows that are there stay where they are until they are written again.

alter table chunk_vector alter column embedding set storage main;
