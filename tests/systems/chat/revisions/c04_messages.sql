-- revision:   c04
-- message:    messages, and finding them by their words
-- parents:    c03
-- labels:     messages
-- created:    2025-05-19T08:00:00Z

-- [up]
CREATE SEQUENCE message_ids;

CREATE TABLE messages (
    message_id      bigint PRIMARY KEY DEFAULT nextval('message_ids'),
    session_id      uuid NOT NULL,
    -- Part of the reference: it follows the session from partition to partition.
    session_status  session_status NOT NULL DEFAULT 'active',
    -- Nobody, where the assistant answers.
    author_id       uuid REFERENCES users ON DELETE SET NULL,
    type            message_type NOT NULL DEFAULT 'text',
    content         text NOT NULL CHECK (content <> ''),
    words           tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple', content)) STORED,
    created_at      timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (session_id, session_status) REFERENCES sessions (session_id, status)
        ON UPDATE CASCADE ON DELETE CASCADE
);
ALTER SEQUENCE message_ids OWNED BY messages.message_id;
CREATE INDEX messages_session_id_idx ON messages (session_id, session_status, message_id);
CREATE INDEX messages_author_id_idx ON messages (author_id);
CREATE INDEX messages_words_idx ON messages USING gin (words);

CREATE FUNCTION touch_session() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    UPDATE public.sessions
    SET last_activity_at = greatest(last_activity_at, NEW.created_at)
    WHERE session_id = NEW.session_id AND status = NEW.session_status;
    RETURN NULL;
END
$$;
CREATE TRIGGER messages_touch_session AFTER INSERT ON messages
FOR EACH ROW EXECUTE FUNCTION touch_session();

-- It runs as whoever asks, so that he finds nothing that he may not read.
CREATE FUNCTION search_messages(query text, in_session uuid DEFAULT NULL, of_user uuid DEFAULT NULL,
                                max_results integer DEFAULT 20)
RETURNS TABLE (message_id bigint, session_id uuid, content text, rank real)
LANGUAGE sql STABLE AS $$
    SELECT message.message_id, message.session_id, message.content, ts_rank(message.words, asked)
    FROM websearch_to_tsquery('simple', query) AS asked
    JOIN messages AS message ON message.words @@ asked
    JOIN sessions AS session ON session.session_id = message.session_id AND session.status = message.session_status
    WHERE (in_session IS NULL OR message.session_id = in_session)
      AND (of_user IS NULL OR session.user_id = of_user)
      AND session.status <> 'deleted'
    ORDER BY 4 DESC, 1 DESC
    LIMIT max_results
$$;

-- [down]
DROP FUNCTION search_messages(text, uuid, uuid, integer);
DROP TABLE messages;
DROP FUNCTION touch_session();
