-- revision:   c05a8f3de671
-- message:    adapt a guide when a step is blocked
-- parents:    4b7e1d90c2a6
-- created:    2026-01-14T13:42:10Z
-- lint:       allow renaming-column, changing-column-type, narrowing-type because the app stops while it runs
-- lint:       allow constraint-missing-not-valid, disallowed-unique-constraint, adding-not-nullable-field
-- lint:       allow require-concurrent-index-creation, whole-table-update because the tables are small

-- [up]
-- A step is named by a text from here on: the alternatives to step 3 are 3a, 3b, …, and no other step changes its
-- name. The format is checked wherever a step is named, because [down] reads the number back out of it.
CREATE TYPE stepstatus AS ENUM ('active', 'completed', 'blocked', 'alternative');

ALTER TABLE steps
    DROP CONSTRAINT steps_dependencies_check,
    ADD COLUMN step_identifier varchar(10),
    ADD COLUMN step_status stepstatus NOT NULL DEFAULT 'active',
    ADD COLUMN replaces_step_index integer CHECK (replaces_step_index >= 0),
    ADD COLUMN blocked_reason varchar(500);

UPDATE steps
SET step_identifier = step_index::text,
    dependencies = (
        SELECT coalesce(jsonb_agg(needed::integer::text ORDER BY position), '[]')
        FROM jsonb_array_elements(dependencies) WITH ORDINALITY AS element (needed, position)
    );

-- An alternative stands at the index of the step that it replaces, so only the others are still unique by index.
ALTER TABLE steps
    ALTER COLUMN step_identifier SET NOT NULL,
    ADD UNIQUE (guide_id, step_identifier),
    DROP CONSTRAINT steps_guide_id_step_index_key,
    ADD CONSTRAINT steps_step_identifier_check CHECK (step_identifier ~ '^[0-9]{1,9}[a-z]?$'),
    ADD CONSTRAINT steps_alternative_check CHECK (step_status <> 'alternative' OR replaces_step_index IS NOT NULL),
    ADD CONSTRAINT steps_dependencies_check CHECK (
        jsonb_typeof(dependencies) = 'array'
        AND NOT jsonb_path_exists(dependencies,
            '$[*] ? (@.type() != "string" || !(@ like_regex "^[0-9]{1,9}[a-z]?$"))')
    );
CREATE UNIQUE INDEX steps_planned_idx ON steps (guide_id, step_index) WHERE replaces_step_index IS NULL;
CREATE INDEX steps_blocked_idx ON steps (guide_id) WHERE step_status = 'blocked';
COMMENT ON COLUMN steps.dependencies IS 'The steps of the same guide that come first, each by its step_identifier';
COMMENT ON COLUMN steps.replaces_step_index IS
    'Set on alternatives: the index of the blocked step that this one stands in for';

ALTER TABLE step_guides
    ADD COLUMN adaptation_history jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(adaptation_history) = 'array'),
    ADD COLUMN last_adapted_at timestamptz;
CREATE INDEX step_guides_last_adapted_at_idx ON step_guides (last_adapted_at) WHERE last_adapted_at IS NOT NULL;

-- The columns are converted where they stand: a new column would move to the end of the table, and so would the old
-- one on the way down. The default goes before the type changes, as 0 is no text.
ALTER TABLE guide_sessions RENAME COLUMN current_step_index TO current_step_identifier;
ALTER TABLE guide_sessions
    DROP CONSTRAINT guide_sessions_current_step_index_check,
    ALTER COLUMN current_step_identifier DROP DEFAULT,
    ALTER COLUMN current_step_identifier TYPE varchar(10) USING current_step_identifier::text,
    ALTER COLUMN current_step_identifier SET DEFAULT '0',
    ADD CONSTRAINT guide_sessions_current_step_identifier_check
        CHECK (current_step_identifier ~ '^[0-9]{1,9}[a-z]?$');

ALTER TABLE completion_events RENAME COLUMN step_index TO step_identifier;
ALTER TABLE completion_events
    DROP CONSTRAINT completion_events_step_index_check,
    ALTER COLUMN step_identifier TYPE varchar(10) USING step_identifier::text,
    ADD CONSTRAINT completion_events_step_identifier_check CHECK (step_identifier ~ '^[0-9]{1,9}[a-z]?$');

ALTER TABLE progress_trackers RENAME COLUMN last_completed_step_index TO last_completed_step_identifier;
ALTER TABLE progress_trackers
    DROP CONSTRAINT progress_trackers_last_completed_step_index_check,
    ALTER COLUMN last_completed_step_identifier TYPE varchar(10) USING last_completed_step_identifier::text,
    ADD CONSTRAINT progress_trackers_last_completed_step_identifier_check
        CHECK (last_completed_step_identifier ~ '^[0-9]{1,9}[a-z]?$');

-- [down]
-- What names an alternative (3a) falls back to the step that it stands in for (3), and the alternatives themselves go:
-- the older app has no place for a second step at one index. Adaptation history and blocked reasons are lost.
ALTER TABLE progress_trackers
    DROP CONSTRAINT progress_trackers_last_completed_step_identifier_check,
    ALTER COLUMN last_completed_step_identifier TYPE integer
        USING substring(last_completed_step_identifier FROM '^[0-9]+')::integer;
ALTER TABLE progress_trackers RENAME COLUMN last_completed_step_identifier TO last_completed_step_index;
ALTER TABLE progress_trackers
    ADD CONSTRAINT progress_trackers_last_completed_step_index_check CHECK (last_completed_step_index >= 0);

ALTER TABLE completion_events
    DROP CONSTRAINT completion_events_step_identifier_check,
    ALTER COLUMN step_identifier TYPE integer USING substring(step_identifier FROM '^[0-9]+')::integer;
ALTER TABLE completion_events RENAME COLUMN step_identifier TO step_index;
ALTER TABLE completion_events ADD CONSTRAINT completion_events_step_index_check CHECK (step_index >= 0);

ALTER TABLE guide_sessions
    DROP CONSTRAINT guide_sessions_current_step_identifier_check,
    ALTER COLUMN current_step_identifier DROP DEFAULT,
    ALTER COLUMN current_step_identifier TYPE integer
        USING substring(current_step_identifier FROM '^[0-9]+')::integer,
    ALTER COLUMN current_step_identifier SET DEFAULT 0;
ALTER TABLE guide_sessions RENAME COLUMN current_step_identifier TO current_step_index;
ALTER TABLE guide_sessions
    ADD CONSTRAINT guide_sessions_current_step_index_check CHECK (current_step_index >= 0);

ALTER TABLE step_guides
    DROP COLUMN last_adapted_at,
    DROP COLUMN adaptation_history;

DELETE FROM steps WHERE replaces_step_index IS NOT NULL;

ALTER TABLE steps DROP CONSTRAINT steps_dependencies_check;
-- 3a and 3b become one 3, at the place of the first of them.
UPDATE steps
SET dependencies = (
    SELECT coalesce(jsonb_agg(step_index ORDER BY position), '[]')
    FROM (
        SELECT substring(needed FROM '^[0-9]+')::integer AS step_index, min(position) AS position
        FROM jsonb_array_elements_text(dependencies) WITH ORDINALITY AS element (needed, position)
        GROUP BY 1
    ) AS folded
);

DROP INDEX steps_planned_idx;
ALTER TABLE steps
    DROP COLUMN blocked_reason,
    DROP COLUMN replaces_step_index,
    DROP COLUMN step_status,
    DROP COLUMN step_identifier,
    ADD UNIQUE (guide_id, step_index),
    ADD CONSTRAINT steps_dependencies_check CHECK (
        jsonb_typeof(dependencies) = 'array'
        AND NOT jsonb_path_exists(dependencies, '$[*] ? (@.type() != "number" || @ < 0 || @ != @.floor())')
    );
COMMENT ON COLUMN steps.dependencies IS 'The steps of the same guide that come first, each by its step_index';

DROP TYPE stepstatus;

-- [verify]
-- Whoever is on the way in a guide stands on one of its steps. Closed sessions are history: their guide may have been
-- generated anew since.
SELECT session_id, guide_id, current_step_identifier
FROM guide_sessions
WHERE status IN ('active', 'paused')
  AND NOT EXISTS (
      SELECT FROM steps
      WHERE steps.guide_id = guide_sessions.guide_id
        AND steps.step_identifier = guide_sessions.current_step_identifier
  );
