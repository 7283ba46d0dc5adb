-- revision:   f6390ac7b81e
-- message:    share a guide by a link
-- parents:    c05a8f3de671
-- labels:     sharing
-- created:    2026-01-23T16:05:20Z
-- lint:       allow require-concurrent-index-creation because the table is small

-- [up]
CREATE TABLE guide_shares (
    share_id    uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    guide_id    uuid NOT NULL REFERENCES step_guides ON DELETE CASCADE,
    -- 122 random bits, and short enough for a link.
    token       varchar(64) NOT NULL UNIQUE DEFAULT translate(gen_random_uuid()::text, '-', '')
        CHECK (token ~ '^[0-9a-z]{16,}$'),
    shared_by   varchar(255) NOT NULL,
    permission  varchar(20) NOT NULL DEFAULT 'follow' CHECK (permission IN ('view', 'follow', 'copy')),
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz,
    revoked_at  timestamptz,
    CONSTRAINT guide_shares_period_check CHECK (expires_at > created_at)
);
CREATE INDEX guide_shares_guide_id_idx ON guide_shares (guide_id);
CREATE INDEX guide_shares_shared_by_idx ON guide_shares (shared_by) WHERE revoked_at IS NULL;

ALTER TABLE guide_sessions ADD COLUMN share_id uuid REFERENCES guide_shares ON DELETE SET NULL;
CREATE INDEX guide_sessions_share_id_idx ON guide_sessions (share_id) WHERE share_id IS NOT NULL;
COMMENT ON COLUMN guide_sessions.share_id IS 'The link through which the session was started, if it was';

-- [down]
ALTER TABLE guide_sessions DROP COLUMN share_id;
DROP TABLE guide_shares;
