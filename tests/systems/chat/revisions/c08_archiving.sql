-- revision:   c08
-- message:    old sessions are archived
-- parents:    c03
-- labels:     archiving
-- created:    2025-06-05T08:00:00Z

-- [up]
-- Both for all people, by a job at night, and for one.
CREATE FUNCTION archive_old_sessions(idle interval DEFAULT '90 days', of_user uuid DEFAULT NULL) RETURNS bigint
LANGUAGE sql AS $$
    WITH moved AS (
        UPDATE sessions
        SET status = 'archived'
        WHERE status = 'active'
          AND last_activity_at < now() - idle
          AND (of_user IS NULL OR user_id = of_user)
        RETURNING session_id
    )
    SELECT count(*) FROM moved
$$;

-- Whoever begins a session leaves his old ones behind.
CREATE FUNCTION archive_own_old_sessions() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM archive_old_sessions(of_user => NEW.user_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER sessions_archive_old AFTER INSERT ON sessions
FOR EACH ROW WHEN (NEW.status = 'active') EXECUTE FUNCTION archive_own_old_sessions();

-- [down]
DROP TRIGGER sessions_archive_old ON sessions;
DROP FUNCTION archive_own_old_sessions();
DROP FUNCTION archive_old_sessions(interval, uuid);
