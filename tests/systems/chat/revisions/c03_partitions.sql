-- revision:   c03
-- message:    sessions in partitions by their status
-- parents:    c02
-- labels:     partitions
-- created:    2025-05-13T08:00:00Z
-- lint:       allow renaming-table, renaming-object because another table takes the name in the same transaction

-- [up]
-- The old table stays, under another name, until somebody says that it isn't needed any more.
ALTER TABLE sessions RENAME TO sessions_backup;
ALTER TABLE sessions_backup RENAME CONSTRAINT sessions_pkey TO sessions_backup_pkey;
ALTER TABLE sessions_backup RENAME CONSTRAINT sessions_user_id_fkey TO sessions_backup_user_id_fkey;
ALTER INDEX sessions_user_id_idx RENAME TO sessions_backup_user_id_idx;
COMMENT ON TABLE sessions_backup IS 'The sessions before they were partitioned; the way back gives it its name again';

-- A key of a partitioned table holds what it is partitioned by.
CREATE TABLE sessions (
    session_id        uuid NOT NULL DEFAULT gen_random_uuid(),
    user_id           uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    title             text NOT NULL DEFAULT '',
    language          session_language NOT NULL DEFAULT 'en',
    level             session_level NOT NULL DEFAULT 'beginner',
    status            session_status NOT NULL DEFAULT 'active',
    started_at        timestamptz NOT NULL DEFAULT now(),
    last_activity_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (session_id, status)
) PARTITION BY LIST (status);

CREATE TABLE sessions_active PARTITION OF sessions FOR VALUES IN ('active');
CREATE TABLE sessions_archived PARTITION OF sessions FOR VALUES IN ('archived');
CREATE TABLE sessions_deleted PARTITION OF sessions FOR VALUES IN ('deleted');

-- Each has the indexes that are asked of it: the list of open sessions, the archive by age, what may be purged.
CREATE INDEX sessions_active_user_id_idx ON sessions_active (user_id, last_activity_at DESC);
CREATE INDEX sessions_active_last_activity_at_idx ON sessions_active (last_activity_at);
CREATE INDEX sessions_archived_user_id_idx ON sessions_archived (user_id, started_at DESC);
CREATE INDEX sessions_deleted_user_id_idx ON sessions_deleted (user_id);
CREATE INDEX sessions_deleted_last_activity_at_idx ON sessions_deleted (last_activity_at);

INSERT INTO sessions (session_id, user_id, title, language, level, status, started_at, last_activity_at)
SELECT session_id, user_id, title, language, level, status, started_at, last_activity_at
FROM sessions_backup;

-- Here and not in [verify], which may be asked again later on: by then the two differ, as they should.
DO $$
BEGIN
    IF EXISTS ((TABLE sessions_backup EXCEPT TABLE sessions) UNION ALL (TABLE sessions EXCEPT TABLE sessions_backup)) THEN
        RAISE EXCEPTION 'the partitions do not hold what sessions_backup holds';
    END IF;
END
$$;

-- [down]
-- What has happened since goes back as well; then the tables change names.
INSERT INTO sessions_backup AS backup
    (session_id, user_id, title, language, level, status, started_at, last_activity_at)
SELECT session_id, user_id, title, language, level, status, started_at, last_activity_at
FROM sessions
ON CONFLICT (session_id) DO UPDATE
SET user_id = excluded.user_id,
    title = excluded.title,
    language = excluded.language,
    level = excluded.level,
    status = excluded.status,
    started_at = excluded.started_at,
    last_activity_at = excluded.last_activity_at
WHERE backup.* IS DISTINCT FROM excluded.*;
DELETE FROM sessions_backup AS backup
WHERE NOT EXISTS (SELECT FROM sessions WHERE sessions.session_id = backup.session_id);

DROP TABLE sessions;
COMMENT ON TABLE sessions_backup IS NULL;
ALTER INDEX sessions_backup_user_id_idx RENAME TO sessions_user_id_idx;
ALTER TABLE sessions_backup RENAME CONSTRAINT sessions_backup_user_id_fkey TO sessions_user_id_fkey;
ALTER TABLE sessions_backup RENAME CONSTRAINT sessions_backup_pkey TO sessions_pkey;
ALTER TABLE sessions_backup RENAME TO sessions;

-- [verify]
-- Each row lies where its status says.
SELECT session_id, status, tableoid::regclass AS partition
FROM sessions
WHERE tableoid <> ('sessions_' || status)::regclass;
