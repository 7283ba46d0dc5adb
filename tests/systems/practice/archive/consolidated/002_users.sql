-- revision:   002
-- message:    users
-- parents:    001
-- created:    2025-03-03T09:20:00Z

-- [up]
CREATE TABLE practice.users (
    user_id       uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    username      text NOT NULL CHECK (username <> ''),
    email         text CHECK (email LIKE '%_@_%'),
    display_name  text NOT NULL,
    role          text NOT NULL DEFAULT 'student' CHECK (role IN ('student', 'teacher', 'admin', 'anonymous')),
    grade         smallint CHECK (grade BETWEEN 1 AND 12),
    preferences   jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(preferences) = 'object'),
    active        boolean NOT NULL DEFAULT true,
    last_seen_at  timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_username_key ON practice.users (lower(username));
CREATE UNIQUE INDEX users_email_key ON practice.users (lower(email));
CREATE INDEX users_role_idx ON practice.users (role, grade) WHERE active;

CREATE TRIGGER users_set_updated_at BEFORE UPDATE ON practice.users
FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION practice.set_updated_at();

-- [down]
DROP TABLE practice.users;
