-- Text search templates.
SELECT t.tableoid AS class, t.oid, n.nspname AS schema, t.tmplname AS name, 'text search template' AS kind,
    nullif(t.tmplinit::oid, 0)::regprocedure AS init,
    t.tmpllexize::oid::regprocedure AS lexize
FROM pg_ts_template t
JOIN pg_namespace n ON n.oid = t.tmplnamespace
WHERE t.oid >= 16384
