-- revision:   81d2b6f40e9c
-- message:    measure how long steps take
-- parents:    c05a8f3de671
-- labels:     analytics
-- created:    2026-01-21T08:30:45Z

-- [up]
CREATE TABLE step_durations (
    guide_id           uuid NOT NULL REFERENCES step_guides ON DELETE CASCADE,
    step_identifier    varchar(10) NOT NULL,
    completions        bigint NOT NULL CHECK (completions > 0),
    total_seconds      bigint NOT NULL CHECK (total_seconds >= 0),
    shortest_seconds   integer NOT NULL,
    longest_seconds    integer NOT NULL,
    last_completed_at  timestamptz NOT NULL,
    PRIMARY KEY (guide_id, step_identifier),
    CONSTRAINT step_durations_range_check CHECK (longest_seconds >= shortest_seconds)
);
COMMENT ON TABLE step_durations IS
    'Kept by completion_events_measure; a measurement outlives the session that it came from';

CREATE FUNCTION measure_step_durations() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    -- In the order of the key, so that two statements which measure the same steps can't lock each other out.
    INSERT INTO step_durations AS known (guide_id, step_identifier, completions, total_seconds,
                                         shortest_seconds, longest_seconds, last_completed_at)
    SELECT session.guide_id, event.step_identifier, count(*), sum(event.duration_seconds),
           min(event.duration_seconds), max(event.duration_seconds), max(event.occurred_at)
    FROM new_events AS event
    JOIN guide_sessions AS session USING (session_id)
    WHERE event.event_type = 'step_completed' AND event.duration_seconds IS NOT NULL
    GROUP BY session.guide_id, event.step_identifier
    ORDER BY session.guide_id, event.step_identifier
    ON CONFLICT (guide_id, step_identifier) DO UPDATE
    SET completions = known.completions + excluded.completions,
        total_seconds = known.total_seconds + excluded.total_seconds,
        shortest_seconds = least(known.shortest_seconds, excluded.shortest_seconds),
        longest_seconds = greatest(known.longest_seconds, excluded.longest_seconds),
        last_completed_at = greatest(known.last_completed_at, excluded.last_completed_at);
    RETURN NULL;
END
$$;

-- Before the rows that are there are counted: the lock that it takes keeps new events out until the commit, so that
-- none is missed or counted twice.
CREATE TRIGGER completion_events_measure
AFTER INSERT ON completion_events
REFERENCING NEW TABLE AS new_events
FOR EACH STATEMENT EXECUTE FUNCTION measure_step_durations();

INSERT INTO step_durations (guide_id, step_identifier, completions, total_seconds,
                            shortest_seconds, longest_seconds, last_completed_at)
SELECT session.guide_id, event.step_identifier, count(*), sum(event.duration_seconds),
       min(event.duration_seconds), max(event.duration_seconds), max(event.occurred_at)
FROM completion_events AS event
JOIN guide_sessions AS session USING (session_id)
WHERE event.event_type = 'step_completed' AND event.duration_seconds IS NOT NULL
GROUP BY session.guide_id, event.step_identifier;

-- [down]
DROP TRIGGER completion_events_measure ON completion_events;
DROP FUNCTION measure_step_durations();
DROP TABLE step_durations;

-- [verify]
-- Every measured event is in the statistics, and nothing else is.
SELECT coalesce(sum(completions), 0) = (
           SELECT count(duration_seconds) FROM completion_events WHERE event_type = 'step_completed'
       )
   AND coalesce(sum(total_seconds), 0) = (
           SELECT coalesce(sum(duration_seconds), 0) FROM completion_events WHERE event_type = 'step_completed'
       ) AS ok
FROM step_durations;
