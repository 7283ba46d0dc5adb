-- revision:   009
-- message:    the book of mistakes
-- parents:    008
-- created:    2025-03-05T10:15:00Z

-- [up]
CREATE TABLE practice.student_mistakes (
    mistake_id      uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id         uuid NOT NULL REFERENCES practice.users ON DELETE CASCADE,
    quiz_id         uuid NOT NULL REFERENCES practice.quizzes ON DELETE CASCADE,
    last_answer_id  bigint REFERENCES practice.practice_answers ON DELETE SET NULL,
    times_wrong     integer NOT NULL DEFAULT 1 CHECK (times_wrong > 0),
    note            text NOT NULL DEFAULT '',
    mastered        boolean NOT NULL DEFAULT false,
    last_wrong_at   timestamptz NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    UNIQUE (user_id, quiz_id)
);
CREATE INDEX student_mistakes_quiz_id_idx ON practice.student_mistakes (quiz_id);
CREATE INDEX student_mistakes_last_answer_id_idx ON practice.student_mistakes (last_answer_id);
CREATE INDEX student_mistakes_open_idx ON practice.student_mistakes (user_id, last_wrong_at DESC) WHERE NOT mastered;

CREATE TRIGGER student_mistakes_set_updated_at BEFORE UPDATE ON practice.student_mistakes
FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION practice.set_updated_at();

-- [down]
DROP TABLE practice.student_mistakes;
