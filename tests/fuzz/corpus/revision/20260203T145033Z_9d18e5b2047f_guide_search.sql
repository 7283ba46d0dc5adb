-- revision:   9d18e5b2047f
-- message:    find guides by their words
-- parents:    f6390ac7b81e
-- created:    2026-02-03T14:50:33Z
-- lint:       allow adding-field-with-default, require-concurrent-index-creation because the table is small

-- [up]
ALTER TABLE step_guides ADD COLUMN search_vector tsvector NOT NULL GENERATED ALWAYS AS (
    setweight(to_tsvector('english', title), 'A')
    || setweight(to_tsvector('english', coalesce(category, '')), 'B')
    || setweight(to_tsvector('english', description), 'C')
) STORED;
CREATE INDEX step_guides_search_vector_idx ON step_guides USING gin (search_vector);

-- [down]
ALTER TABLE step_guides DROP COLUMN search_vector;

-- [verify]
-- Each guide is found by its own title. One that has stop words alone asks for nothing and finds nothing.
SELECT guide_id, title
FROM step_guides
WHERE numnode(plainto_tsquery('english', title)) > 0
  AND NOT search_vector @@ plainto_tsquery('english', title);
