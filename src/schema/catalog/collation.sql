-- Collations.
SELECT c.tableoid AS class, c.oid, n.nspname AS schema, c.collname AS name, 'collation' AS kind,
    pg_get_userbyid(c.collowner) AS owner,
    CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' WHEN 'd' THEN 'default' ELSE 'libc' END AS provider,
    CASE WHEN c.collprovider = 'c' THEN c.collcollate END AS collate,
    CASE WHEN c.collprovider = 'c' THEN c.collctype END AS ctype,
    CASE WHEN c.collprovider <> 'c' THEN c.collcollate END AS locale, -- <15
    c.colliculocale AS locale, -- 15+ <17
    c.colllocale AS locale, -- 17+
    NOT c.collisdeterministic AS "not deterministic:flag",
    c.collicurules AS rules, -- 16+
    nullif(c.collencoding, -1) AS "encoding:number"
FROM pg_collation c
JOIN pg_namespace n ON n.oid = c.collnamespace
WHERE c.oid >= 16384
