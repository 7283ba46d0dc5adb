-- revision:   c05
-- message:    what people think of an answer
-- parents:    c04
-- labels:     feedback
-- created:    2025-05-26T08:00:00Z

-- [up]
CREATE TABLE message_feedback (
    feedback_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id   bigint NOT NULL REFERENCES messages ON DELETE CASCADE,
    user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    helpfulness  smallint NOT NULL CHECK (helpfulness BETWEEN 0 AND 100),
    clarity      smallint CHECK (clarity BETWEEN 0 AND 100),
    accuracy     smallint CHECK (accuracy BETWEEN 0 AND 100),
    remark       text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (message_id, user_id)
);
CREATE INDEX message_feedback_user_id_idx ON message_feedback (user_id);

-- [down]
DROP TABLE message_feedback;
