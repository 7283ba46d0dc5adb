-- Rules; not the one that makes a view a view.
SELECT r.tableoid AS class, r.oid, c.tableoid AS of_class, c.oid AS of,
    n.nspname AS schema, c.relname AS name, r.rulename AS part, 'rule' AS kind,
    pg_get_ruledef(r.oid) AS "definition:sql",
    CASE r.ev_enabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END AS enabled
FROM pg_rewrite r
JOIN pg_class c ON c.oid = r.ev_class
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE r.oid >= 16384 AND r.rulename <> '_RETURN'
