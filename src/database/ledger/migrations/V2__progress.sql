-- How much a section has done that is at work in many transactions: a [batch] or a [load].

ALTER TABLE {schema}.unfinished
    ADD COLUMN rows bigint NOT NULL DEFAULT 0,
    ADD COLUMN runs bigint NOT NULL DEFAULT 0,
    ADD COLUMN position text;
COMMENT ON COLUMN {schema}.unfinished.rows IS 'touched or loaded so far in the section that is at work';
COMMENT ON COLUMN {schema}.unfinished.runs IS 'the transactions of that section so far';
COMMENT ON COLUMN {schema}.unfinished.position IS 'for a [load] by key: the last key that is in, as text';
