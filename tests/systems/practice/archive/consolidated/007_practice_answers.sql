-- revision:   007
-- message:    answers within a session
-- parents:    006
-- created:    2025-03-05T08:45:00Z

-- [up]
CREATE TABLE practice.practice_answers (
    answer_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id   uuid NOT NULL REFERENCES practice.practice_sessions ON DELETE CASCADE,
    quiz_id      uuid NOT NULL REFERENCES practice.quizzes ON DELETE RESTRICT,
    attempt      smallint NOT NULL DEFAULT 1 CHECK (attempt > 0),
    answer       jsonb NOT NULL,
    is_correct   boolean NOT NULL,
    score        numeric(5,2) NOT NULL CHECK (score BETWEEN 0 AND 100),
    answered_at  timestamptz NOT NULL DEFAULT now(),
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (session_id, quiz_id, attempt)
);
CREATE INDEX practice_answers_quiz_id_idx ON practice.practice_answers (quiz_id, is_correct);
CREATE INDEX practice_answers_answered_at_idx ON practice.practice_answers (answered_at);

CREATE TRIGGER practice_answers_set_updated_at BEFORE UPDATE ON practice.practice_answers
FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION practice.set_updated_at();

-- [down]
DROP TABLE practice.practice_answers;
