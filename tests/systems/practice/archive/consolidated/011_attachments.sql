-- revision:   011
-- message:    files of quizzes, answers and knowledge points
-- parents:    010
-- created:    2025-03-10T08:40:00Z

-- [up]
CREATE TABLE practice.attachments (
    attachment_id       uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    quiz_id             uuid REFERENCES practice.quizzes ON DELETE CASCADE,
    answer_id           bigint REFERENCES practice.practice_answers ON DELETE CASCADE,
    knowledge_point_id  uuid REFERENCES practice.knowledge_points ON DELETE CASCADE,
    uploaded_by         uuid REFERENCES practice.users ON DELETE SET NULL,
    storage_key         text NOT NULL UNIQUE,
    file_name           text NOT NULL,
    mime_type           text NOT NULL CHECK (mime_type LIKE '%_/_%'),
    byte_size           bigint NOT NULL CHECK (byte_size >= 0),
    sha256              bytea NOT NULL CHECK (octet_length(sha256) = 32),
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT attachments_owner_check CHECK (num_nonnulls(quiz_id, answer_id, knowledge_point_id) = 1)
);
CREATE INDEX attachments_quiz_id_idx ON practice.attachments (quiz_id) WHERE quiz_id IS NOT NULL;
CREATE INDEX attachments_answer_id_idx ON practice.attachments (answer_id) WHERE answer_id IS NOT NULL;
CREATE INDEX attachments_knowledge_point_id_idx ON practice.attachments (knowledge_point_id)
    WHERE knowledge_point_id IS NOT NULL;
CREATE INDEX attachments_uploaded_by_idx ON practice.attachments (uploaded_by);

CREATE TRIGGER attachments_set_updated_at BEFORE UPDATE ON practice.attachments
FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION practice.set_updated_at();

-- [down]
DROP TABLE practice.attachments;
