-- revision:   008
-- message:    how well a student knows each point
-- parents:    007
-- created:    2025-03-05T09:30:00Z

-- [up]
CREATE TABLE practice.student_weaknesses (
    weakness_id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id             uuid NOT NULL REFERENCES practice.users ON DELETE CASCADE,
    knowledge_point_id  uuid NOT NULL REFERENCES practice.knowledge_points ON DELETE CASCADE,
    answered            integer NOT NULL CHECK (answered > 0),
    wrong               integer NOT NULL,
    mastery             numeric(5,2) NOT NULL GENERATED ALWAYS AS (100.0 * (answered - wrong) / answered) STORED,
    last_wrong_at       timestamptz,
    resolved_at         timestamptz,
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    UNIQUE (user_id, knowledge_point_id),
    CONSTRAINT student_weaknesses_wrong_check CHECK (wrong BETWEEN 0 AND answered)
);
CREATE INDEX student_weaknesses_knowledge_point_id_idx ON practice.student_weaknesses (knowledge_point_id);
CREATE INDEX student_weaknesses_open_idx ON practice.student_weaknesses (user_id, mastery) WHERE resolved_at IS NULL;

-- Column by column: mastery is computed after triggers of this kind.
CREATE TRIGGER student_weaknesses_set_updated_at BEFORE UPDATE ON practice.student_weaknesses
FOR EACH ROW WHEN ((OLD.answered, OLD.wrong, OLD.resolved_at) IS DISTINCT FROM (NEW.answered, NEW.wrong, NEW.resolved_at))
EXECUTE FUNCTION practice.set_updated_at();

-- [down]
DROP TABLE practice.student_weaknesses;
