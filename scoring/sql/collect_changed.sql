-- Purpose: the scores of a range of contacts that differ from what is stored, in a table of this connection, so that
--   they are worked out in one pass and written in many short transactions.
-- Parameters: those of scores.sql, after_id, upto_id; <scores> is scores.sql for that range.
-- Relies on: nothing: reads the log of the range in sequence, in parallel where the server allows.
-- Cost: docs/decisions/0006-scoring-query.md. Memory is bounded by work_mem and by the size of the range.
CREATE TEMPORARY TABLE scoring_fresh AS
SELECT f.contact_id, f.intent, f.fit, f.total, f.tier
FROM ({scores}) f
WHERE (f.was_intent, f.was_fit, f.was_tier) IS DISTINCT FROM (f.intent, f.fit, f.tier::smallint)
