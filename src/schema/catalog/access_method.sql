-- Access methods.
SELECT a.tableoid AS class, a.oid, 'access method' AS kind, a.amname AS name,
    CASE a.amtype WHEN 't' THEN 'table' ELSE 'index' END AS type,
    a.amhandler::oid::regprocedure AS handler
FROM pg_am a
WHERE a.oid >= 16384
