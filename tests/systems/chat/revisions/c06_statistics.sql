-- revision:   c06
-- message:    statistics of sessions
-- parents:    c05
-- labels:     statistics
-- created:    2025-06-02T08:00:00Z

-- [up]
CREATE MATERIALIZED VIEW session_stats AS
SELECT session.session_id,
       session.user_id,
       session.status,
       count(message.message_id) AS messages,
       count(message.message_id) FILTER (WHERE message.author_id IS NULL) AS answers,
       min(message.created_at) AS first_message_at,
       max(message.created_at) AS last_message_at,
       round(avg(feedback.helpfulness), 2) AS mean_helpfulness
FROM sessions AS session
LEFT JOIN messages AS message ON message.session_id = session.session_id AND message.session_status = session.status
-- A mean for each message first: two opinions of one answer don't make it two messages.
LEFT JOIN LATERAL (
    SELECT avg(opinion.helpfulness) AS helpfulness
    FROM message_feedback AS opinion
    WHERE opinion.message_id = message.message_id
) AS feedback ON true
GROUP BY session.session_id, session.user_id, session.status;

-- REFRESH … CONCURRENTLY needs it.
CREATE UNIQUE INDEX session_stats_session_id_idx ON session_stats (session_id);
CREATE INDEX session_stats_user_id_idx ON session_stats (user_id);
COMMENT ON MATERIALIZED VIEW session_stats IS 'Of all people: it has no policies, so it is not granted to chat_user';

-- Readers go on reading while it runs.
CREATE FUNCTION refresh_session_stats() RETURNS void
LANGUAGE sql AS $$ REFRESH MATERIALIZED VIEW CONCURRENTLY session_stats $$;

-- [down]
DROP FUNCTION refresh_session_stats();
DROP MATERIALIZED VIEW session_stats;
