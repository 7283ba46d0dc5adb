-- revision:   c02
-- message:    what a session may be is written down
-- parents:    c01
-- labels:     types
-- created:    2025-05-12T08:00:00Z
-- lint:       allow changing-column-type, narrowing-type because the app is stopped for it, and a text that fits none is an error

-- [up]
CREATE TYPE session_language AS ENUM ('en', 'de', 'es', 'fr', 'zh');
CREATE TYPE session_level AS ENUM ('beginner', 'intermediate', 'advanced');
CREATE TYPE session_status AS ENUM ('active', 'archived', 'deleted');
CREATE TYPE message_type AS ENUM ('text', 'code', 'image', 'system');

-- A text that is none of these stops it here, with the text in the error.
ALTER TABLE sessions
    ALTER COLUMN language DROP DEFAULT,
    ALTER COLUMN level DROP DEFAULT,
    ALTER COLUMN status DROP DEFAULT;
ALTER TABLE sessions
    ALTER COLUMN language TYPE session_language USING language::session_language,
    ALTER COLUMN level TYPE session_level USING level::session_level,
    ALTER COLUMN status TYPE session_status USING status::session_status;
ALTER TABLE sessions
    ALTER COLUMN language SET DEFAULT 'en',
    ALTER COLUMN level SET DEFAULT 'beginner',
    ALTER COLUMN status SET DEFAULT 'active';

-- [down]
ALTER TABLE sessions
    ALTER COLUMN language DROP DEFAULT,
    ALTER COLUMN level DROP DEFAULT,
    ALTER COLUMN status DROP DEFAULT;
ALTER TABLE sessions
    ALTER COLUMN language TYPE text,
    ALTER COLUMN level TYPE text,
    ALTER COLUMN status TYPE text;
ALTER TABLE sessions
    ALTER COLUMN language SET DEFAULT 'en',
    ALTER COLUMN level SET DEFAULT 'beginner',
    ALTER COLUMN status SET DEFAULT 'active';

DROP TYPE message_type;
DROP TYPE session_status;
DROP TYPE session_level;
DROP TYPE session_language;
