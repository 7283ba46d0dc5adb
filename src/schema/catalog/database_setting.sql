-- ALTER DATABASE ... SET, and ALTER ROLE ... IN DATABASE ... SET.
SELECT s.tableoid AS class, s.setrole AS oid, 'database setting' AS kind,
    split_part(item, '=', 1) AS name,
    CASE WHEN s.setrole <> 0 THEN pg_get_userbyid(s.setrole) END AS part,
    substr(item, strpos(item, '=') + 1) AS value
FROM pg_db_role_setting s
JOIN pg_database d ON d.oid = s.setdatabase AND d.datname = current_database()
CROSS JOIN unnest(s.setconfig) item
