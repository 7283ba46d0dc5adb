-- Text search dictionaries.
SELECT d.tableoid AS class, d.oid, n.nspname AS schema, d.dictname AS name, 'text search dictionary' AS kind,
    pg_get_userbyid(d.dictowner) AS owner,
    concat(quote_ident(tn.nspname), '.', quote_ident(t.tmplname)) AS template,
    d.dictinitoption AS options
FROM pg_ts_dict d
JOIN pg_namespace n ON n.oid = d.dictnamespace
JOIN pg_ts_template t ON t.oid = d.dicttemplate
JOIN pg_namespace tn ON tn.oid = t.tmplnamespace
WHERE d.oid >= 16384
