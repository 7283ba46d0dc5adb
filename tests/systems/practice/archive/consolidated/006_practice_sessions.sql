-- revision:   006
-- message:    practice sessions
-- parents:    005
-- created:    2025-03-04T10:00:00Z

-- [up]
CREATE TABLE practice.practice_sessions (
    session_id    uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id       uuid NOT NULL REFERENCES practice.users ON DELETE CASCADE,
    -- What was practised counts on after its strategy is gone.
    strategy_id   uuid REFERENCES practice.practice_strategies ON DELETE SET NULL,
    subject       text NOT NULL,
    status        text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'completed', 'abandoned')),
    planned       integer NOT NULL CHECK (planned > 0),
    answered      integer NOT NULL DEFAULT 0,
    correct       integer NOT NULL DEFAULT 0,
    started_at    timestamptz NOT NULL DEFAULT now(),
    completed_at  timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT practice_sessions_counts_check CHECK (correct BETWEEN 0 AND answered),
    CONSTRAINT practice_sessions_completed_at_check CHECK ((status = 'completed') = (completed_at IS NOT NULL)),
    CONSTRAINT practice_sessions_period_check CHECK (completed_at >= started_at)
);
CREATE INDEX practice_sessions_user_id_idx ON practice.practice_sessions (user_id, started_at DESC);
CREATE INDEX practice_sessions_strategy_id_idx ON practice.practice_sessions (strategy_id);
CREATE INDEX practice_sessions_active_idx ON practice.practice_sessions (started_at) WHERE status = 'active';

CREATE TRIGGER practice_sessions_set_updated_at BEFORE UPDATE ON practice.practice_sessions
FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION practice.set_updated_at();

-- [down]
DROP TABLE practice.practice_sessions;
