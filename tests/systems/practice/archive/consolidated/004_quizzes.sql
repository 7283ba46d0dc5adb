-- revision:   004
-- message:    quizzes
-- parents:    003
-- created:    2025-03-04T08:30:00Z

-- [up]
CREATE TABLE practice.quizzes (
    quiz_id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    knowledge_point_id  uuid NOT NULL REFERENCES practice.knowledge_points ON DELETE RESTRICT,
    author_id           uuid REFERENCES practice.users ON DELETE SET NULL,
    kind                text NOT NULL CHECK (kind IN ('choice', 'true_false', 'blank', 'essay')),
    stem                text NOT NULL CHECK (stem <> ''),
    options             jsonb CHECK (jsonb_typeof(options) = 'array'),
    answer              jsonb NOT NULL,
    explanation         text NOT NULL DEFAULT '',
    difficulty          smallint NOT NULL DEFAULT 3 CHECK (difficulty BETWEEN 1 AND 5),
    tags                text[] NOT NULL DEFAULT '{}',
    state               text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'published', 'retired')),
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT quizzes_choice_check CHECK ((kind = 'choice') = (options IS NOT NULL))
);
CREATE INDEX quizzes_knowledge_point_id_idx ON practice.quizzes (knowledge_point_id, difficulty);
CREATE INDEX quizzes_author_id_idx ON practice.quizzes (author_id);
CREATE INDEX quizzes_published_idx ON practice.quizzes (difficulty, quiz_id) WHERE state = 'published';
CREATE INDEX quizzes_tags_idx ON practice.quizzes USING gin (tags);

CREATE TRIGGER quizzes_set_updated_at BEFORE UPDATE ON practice.quizzes
FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION practice.set_updated_at();

-- [down]
DROP TABLE practice.quizzes;
