-- Text search parsers.
SELECT p.tableoid AS class, p.oid, n.nspname AS schema, p.prsname AS name, 'text search parser' AS kind,
    p.prsstart::oid::regprocedure AS start,
    p.prstoken::oid::regprocedure AS token,
    p.prsend::oid::regprocedure AS "end",
    nullif(p.prsheadline::oid, 0)::regprocedure AS headline,
    p.prslextype::oid::regprocedure AS "token types"
FROM pg_ts_parser p
JOIN pg_namespace n ON n.oid = p.prsnamespace
WHERE p.oid >= 16384
