-- revision:   c07
-- message:    everybody sees his own
-- parents:    c04
-- depends_on: c05
-- labels:     security
-- created:    2025-06-04T08:00:00Z

-- [up]
-- The API puts the token's claims into the transaction, and then acts as chat_user.
CREATE FUNCTION current_subject() RETURNS uuid
LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('request.jwt.claim.sub', true), '')::uuid $$;

ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE message_feedback ENABLE ROW LEVEL SECURITY;

-- A subquery, so that it is asked once and not for each row.
CREATE POLICY sessions_read ON sessions FOR SELECT TO chat_user
    USING (user_id = (SELECT current_subject()) AND status <> 'deleted');
CREATE POLICY sessions_begin ON sessions FOR INSERT TO chat_user
    WITH CHECK (user_id = (SELECT current_subject()) AND status = 'active');
CREATE POLICY sessions_change ON sessions FOR UPDATE TO chat_user
    USING (user_id = (SELECT current_subject()) AND status <> 'deleted')
    WITH CHECK (user_id = (SELECT current_subject()));

-- The sessions that the subquery sees are those of the policy above.
CREATE POLICY messages_read ON messages FOR SELECT TO chat_user
    USING (EXISTS (SELECT FROM sessions WHERE sessions.session_id = messages.session_id));
CREATE POLICY messages_write ON messages FOR INSERT TO chat_user
    WITH CHECK (
        author_id = (SELECT current_subject())
        AND EXISTS (
            SELECT FROM sessions WHERE sessions.session_id = messages.session_id AND sessions.status = 'active'
        )
    );

CREATE POLICY message_feedback_own ON message_feedback TO chat_user
    USING (user_id = (SELECT current_subject()))
    WITH CHECK (
        user_id = (SELECT current_subject())
        AND EXISTS (SELECT FROM messages WHERE messages.message_id = message_feedback.message_id)
    );

-- Of the partitions nothing is granted: policies of the whole table don't hold for whoever asks one of its parts.
GRANT SELECT, INSERT, UPDATE ON sessions TO chat_user;
GRANT SELECT, INSERT ON messages TO chat_user;
GRANT USAGE ON SEQUENCE message_ids TO chat_user;
GRANT SELECT, INSERT, UPDATE, DELETE ON message_feedback TO chat_user;

-- [down]
REVOKE ALL ON message_feedback FROM chat_user;
REVOKE ALL ON SEQUENCE message_ids FROM chat_user;
REVOKE ALL ON messages FROM chat_user;
REVOKE ALL ON sessions FROM chat_user;

DROP POLICY message_feedback_own ON message_feedback;
DROP POLICY messages_write ON messages;
DROP POLICY messages_read ON messages;
DROP POLICY sessions_change ON sessions;
DROP POLICY sessions_begin ON sessions;
DROP POLICY sessions_read ON sessions;

ALTER TABLE message_feedback DISABLE ROW LEVEL SECURITY;
ALTER TABLE messages DISABLE ROW LEVEL SECURITY;
ALTER TABLE sessions DISABLE ROW LEVEL SECURITY;
DROP FUNCTION current_subject();
