-- revision:   2ea94d57cf03
-- message:    completed guides a day, and how many through a link
-- parents:    81d2b6f40e9c
-- depends_on: f6390ac7b81e
-- created:    2026-01-29T10:12:00Z

-- [up]
-- Days are UTC days, whatever the time zone of the session that refreshes.
CREATE MATERIALIZED VIEW completion_daily AS
SELECT (completed_at AT TIME ZONE 'UTC')::date AS day,
       guide_id,
       count(*) AS completed,
       count(share_id) AS completed_through_share,
       avg(completed_at - started_at) AS mean_duration
FROM guide_sessions
WHERE completed_at IS NOT NULL
GROUP BY 1, 2;

-- REFRESH MATERIALIZED VIEW CONCURRENTLY needs it.
CREATE UNIQUE INDEX completion_daily_day_idx ON completion_daily (day, guide_id);
CREATE INDEX completion_daily_guide_id_idx ON completion_daily (guide_id, day DESC);

-- [down]
DROP MATERIALIZED VIEW completion_daily;

-- [verify]
SELECT coalesce(sum(completed), 0) = (SELECT count(*) FROM guide_sessions WHERE status = 'completed') AS ok
FROM completion_daily;
