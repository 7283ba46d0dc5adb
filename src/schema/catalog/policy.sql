-- Row security policies.
SELECT p.tableoid AS class, p.oid, c.tableoid AS of_class, c.oid AS of,
    n.nspname AS schema, c.relname AS name, p.polname AS part, 'policy' AS kind,
    NOT p.polpermissive AS "restrictive:flag",
    CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete' END
        AS command,
    CASE WHEN p.polroles <> '{0}' THEN (SELECT json_agg(pg_get_userbyid(r)) FROM unnest(p.polroles) r) END
        AS "roles:set",
    pg_get_expr(p.polqual, p.polrelid) AS "using:sql",
    pg_get_expr(p.polwithcheck, p.polrelid) AS "with check:sql"
FROM pg_policy p
JOIN pg_class c ON c.oid = p.polrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE p.oid >= 16384
