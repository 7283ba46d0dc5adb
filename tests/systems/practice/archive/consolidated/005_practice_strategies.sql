-- revision:   005
-- message:    practice strategies
-- parents:    004
-- created:    2025-03-04T09:10:00Z

-- [up]
CREATE TABLE practice.practice_strategies (
    strategy_id  uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name         text NOT NULL UNIQUE CHECK (name ~ '^[a-z_]+$'),
    title        text NOT NULL,
    algorithm    text NOT NULL CHECK (algorithm IN ('sequential', 'random', 'weakest_first', 'spaced', 'exam')),
    parameters   jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(parameters) = 'object'),
    active       boolean NOT NULL DEFAULT true,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX practice_strategies_active_idx ON practice.practice_strategies (algorithm) WHERE active;

CREATE TRIGGER practice_strategies_set_updated_at BEFORE UPDATE ON practice.practice_strategies
FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION practice.set_updated_at();

-- [down]
DROP TABLE practice.practice_strategies;
