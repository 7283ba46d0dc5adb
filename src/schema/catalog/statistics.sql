-- Extended statistics.
SELECT s.tableoid AS class, s.oid, c.tableoid AS of_class, c.oid AS of,
    n.nspname AS schema, s.stxname AS name, 'statistics' AS kind,
    pg_get_userbyid(s.stxowner) AS owner,
    pg_get_statisticsobjdef(s.oid) AS "definition:sql",
    nullif(s.stxstattarget, -1) AS "statistics:number"
FROM pg_statistic_ext s
JOIN pg_namespace n ON n.oid = s.stxnamespace
JOIN pg_class c ON c.oid = s.stxrelid
WHERE s.oid >= 16384
