-- revision:   c01
-- message:    people and their sessions
-- created:    2025-02-03T09:00:00Z

-- [up]
CREATE TABLE users (
    user_id     uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email       text NOT NULL UNIQUE CHECK (email LIKE '%_@_%'),
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE sessions (
    session_id        uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id           uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    title             text NOT NULL DEFAULT '',
    language          text NOT NULL DEFAULT 'en',
    level             text NOT NULL DEFAULT 'beginner',
    status            text NOT NULL DEFAULT 'active',
    started_at        timestamptz NOT NULL DEFAULT now(),
    last_activity_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sessions_user_id_idx ON sessions (user_id, last_activity_at DESC);

-- [down]
DROP TABLE sessions;
DROP TABLE users;
