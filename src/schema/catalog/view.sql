-- Views and materialized views.
SELECT c.tableoid AS class, c.oid, n.nspname AS schema, c.relname AS name,
    CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END AS kind,
    pg_get_userbyid(c.relowner) AS owner,
    CASE WHEN c.relacl IS NOT NULL
        THEN json_build_array(c.relacl, acldefault('r', c.relowner), pg_get_userbyid(c.relowner))
    END AS "grants:acl",
    pg_get_viewdef(c.oid) AS "definition:sql",
    to_json(c.reloptions) AS "options:set",
    to_json(toast.reloptions) AS "toast options:set",
    NOT c.relispopulated AS "not populated:flag",
    nullif(am.amname, 'heap') AS "access method",
    s.spcname AS tablespace
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid AND toast.reloptions IS NOT NULL
LEFT JOIN pg_am am ON am.oid = c.relam
LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
WHERE c.relkind IN ('v', 'm') AND c.oid >= 16384
