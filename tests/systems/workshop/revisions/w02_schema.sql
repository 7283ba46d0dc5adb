-- revision:   w02
-- message:    students, sessions, step progress and events
-- parents:    w01
-- created:    2026-08-10T09:00:00Z

-- [up]
CREATE TABLE students (
    student_id       uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email            text NOT NULL UNIQUE CHECK (email = lower(btrim(email)) AND email LIKE '%@%'),
    name             text,
    github_username  text,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE sessions (
    session_id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    student_id             uuid NOT NULL REFERENCES students ON DELETE CASCADE,
    session_token          text NOT NULL UNIQUE,
    demo_mode              boolean NOT NULL DEFAULT false,
    selected_phone_number  text,
    openai_api_key         text,
    ai_model               text,
    system_prompt          text,
    frontend_url           text,
    backend_url            text,
    exercises              jsonb NOT NULL DEFAULT '{}',
    current_step           integer NOT NULL DEFAULT 1 CHECK (current_step BETWEEN 1 AND 6),
    completion_rate        numeric(5, 2) NOT NULL DEFAULT 0 CHECK (completion_rate BETWEEN 0 AND 100),
    total_time_spent       interval NOT NULL DEFAULT '0',
    created_at             timestamptz NOT NULL DEFAULT now(),
    updated_at             timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sessions_student_id_idx ON sessions (student_id);
CREATE INDEX sessions_unfinished_idx ON sessions (updated_at) WHERE completion_rate < 100;

CREATE TABLE step_progress (
    session_id    uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
    step          integer NOT NULL CHECK (step BETWEEN 1 AND 6),
    completed_at  timestamptz,
    updated_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (session_id, step)
);

CREATE TABLE events (
    event_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id   uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
    event_type   text NOT NULL,
    details      jsonb NOT NULL DEFAULT '{}',
    occurred_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX events_session_id_idx ON events (session_id, occurred_at);

CREATE FUNCTION set_updated_at() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;
CREATE TRIGGER students_updated_at BEFORE UPDATE ON students FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER sessions_updated_at BEFORE UPDATE ON sessions FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER step_progress_updated_at BEFORE UPDATE ON step_progress FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- How far a session is, out of the steps that are completed. Whoever is further on already isn't sent back.
CREATE FUNCTION update_session_progress() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE sessions AS session
    SET (completion_rate, current_step) = (
        SELECT round(100.0 * count(*) / 6, 2), greatest(session.current_step, least(max(progress.step) + 1, 6))
        FROM step_progress AS progress
        WHERE progress.session_id = session.session_id AND progress.completed_at IS NOT NULL
    )
    WHERE session.session_id IN (OLD.session_id, NEW.session_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER step_progress_counts AFTER INSERT OR UPDATE OR DELETE ON step_progress
    FOR EACH ROW EXECUTE FUNCTION update_session_progress();

-- [down]
DROP TABLE events;
DROP TABLE step_progress;
DROP TABLE sessions;
DROP TABLE students;
DROP FUNCTION update_session_progress();
DROP FUNCTION set_updated_at();
