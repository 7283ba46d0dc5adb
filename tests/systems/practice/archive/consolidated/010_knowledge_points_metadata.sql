-- revision:   010
-- message:    what else is known of a knowledge point
-- parents:    009
-- created:    2025-03-10T08:00:00Z

-- [up]
CREATE TABLE practice.knowledge_points_metadata (
    metadata_id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    knowledge_point_id  uuid NOT NULL REFERENCES practice.knowledge_points ON DELETE CASCADE,
    key                 text NOT NULL CHECK (key <> ''),
    value               jsonb NOT NULL,
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    UNIQUE (knowledge_point_id, key)
);
CREATE INDEX knowledge_points_metadata_key_idx ON practice.knowledge_points_metadata (key);
CREATE INDEX knowledge_points_metadata_value_idx ON practice.knowledge_points_metadata USING gin (value jsonb_path_ops);

CREATE TRIGGER knowledge_points_metadata_set_updated_at BEFORE UPDATE ON practice.knowledge_points_metadata
FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION practice.set_updated_at();

-- [down]
DROP TABLE practice.knowledge_points_metadata;
