-- The database itself, by no name: those of two databases differ.
SELECT d.tableoid AS class, d.oid, 'database' AS kind, 'itself' AS name,
    pg_get_userbyid(d.datdba) AS owner,
    CASE WHEN d.datacl IS NOT NULL
        THEN json_build_array(d.datacl, acldefault('d', d.datdba), pg_get_userbyid(d.datdba))
    END AS "grants:acl",
    pg_encoding_to_char(d.encoding) AS encoding,
    d.datcollate AS collate,
    d.datctype AS ctype,
    CASE d.datlocprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' END AS "locale provider", -- 15+
    d.daticulocale AS locale, -- 15+ <17
    d.datlocale AS locale, -- 17+
    d.daticurules AS "locale rules", -- 16+
    nullif(d.datconnlimit, -1) AS "connection limit:number",
    d.datistemplate AS "template:flag"
FROM pg_database d
WHERE d.datname = current_database()
