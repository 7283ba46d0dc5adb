-- Triggers. One that came with its partition counts where it is enabled in another way than its parent.
SELECT t.tableoid AS class, t.oid, c.tableoid AS of_class, c.oid AS of,
    n.nspname AS schema, c.relname AS name, t.tgname AS part, 'trigger' AS kind,
    CASE WHEN t.tgparentid = 0 THEN pg_get_triggerdef(t.oid) END AS "definition:sql",
    CASE t.tgenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always'
        ELSE CASE WHEN t.tgparentid <> 0 THEN 'origin' END END AS enabled
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_trigger parent ON parent.oid = t.tgparentid
WHERE t.oid >= 16384
    AND (NOT t.tgisinternal AND t.tgparentid = 0 OR parent.tgenabled <> t.tgenabled AND NOT parent.tgisinternal)
