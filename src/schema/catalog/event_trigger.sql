-- Event triggers.
SELECT e.tableoid AS class, e.oid, 'event trigger' AS kind, e.evtname AS name,
    pg_get_userbyid(e.evtowner) AS owner,
    e.evtevent AS event,
    e.evtfoid::regprocedure AS function,
    to_json(e.evttags) AS "tags:set",
    CASE e.evtenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END AS enabled
FROM pg_event_trigger e
WHERE e.oid >= 16384
