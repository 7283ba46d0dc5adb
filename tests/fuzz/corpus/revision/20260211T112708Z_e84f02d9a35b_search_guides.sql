-- revision:   e84f02d9a35b
-- message:    search that prefers guides people finish
-- parents:    57c3fb0e6a98
-- created:    2026-02-11T11:27:08Z

-- [up]
-- The logarithm keeps a popular guide from covering one that fits the words much better.
CREATE FUNCTION search_guides(query text, max_results integer DEFAULT 20)
RETURNS TABLE (guide_id uuid, title varchar, score double precision, completed_lately bigint)
LANGUAGE sql STABLE AS $$
    SELECT guide.guide_id,
           guide.title,
           ts_rank(guide.search_vector, words) * (1 + ln(1 + lately.completed)),
           lately.completed
    FROM websearch_to_tsquery('english', query) AS words
    JOIN step_guides AS guide ON guide.search_vector @@ words
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(daily.completed), 0)::bigint AS completed
        FROM completion_daily AS daily
        WHERE daily.guide_id = guide.guide_id
          AND daily.day > (now() AT TIME ZONE 'UTC')::date - 30
    ) AS lately
    ORDER BY 3 DESC, guide.created_at DESC, guide.guide_id
    LIMIT max_results
$$;

-- [down]
DROP FUNCTION search_guides(text, integer);
