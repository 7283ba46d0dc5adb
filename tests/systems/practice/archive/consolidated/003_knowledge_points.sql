-- revision:   003
-- message:    knowledge points, each below another
-- parents:    002
-- created:    2025-03-03T10:05:00Z

-- [up]
CREATE TABLE practice.knowledge_points (
    knowledge_point_id  uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    parent_id           uuid REFERENCES practice.knowledge_points ON DELETE RESTRICT,
    code                text NOT NULL UNIQUE CHECK (code ~ '^[a-z]+(\.[0-9]+)*$'),
    subject             text NOT NULL,
    grade               smallint NOT NULL CHECK (grade BETWEEN 1 AND 12),
    name                text NOT NULL,
    description         text NOT NULL DEFAULT '',
    difficulty          smallint NOT NULL DEFAULT 3 CHECK (difficulty BETWEEN 1 AND 5),
    position            integer NOT NULL DEFAULT 0,
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT knowledge_points_parent_check CHECK (parent_id <> knowledge_point_id)
);
CREATE INDEX knowledge_points_parent_id_idx ON practice.knowledge_points (parent_id, position);
CREATE INDEX knowledge_points_subject_idx ON practice.knowledge_points (subject, grade);

CREATE TRIGGER knowledge_points_set_updated_at BEFORE UPDATE ON practice.knowledge_points
FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION practice.set_updated_at();

-- [down]
DROP TABLE practice.knowledge_points;
