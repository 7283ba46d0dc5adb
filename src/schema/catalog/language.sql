-- Procedural languages.
SELECT l.tableoid AS class, l.oid, 'language' AS kind, l.lanname AS name,
    pg_get_userbyid(l.lanowner) AS owner,
    CASE WHEN l.lanacl IS NOT NULL
        THEN json_build_array(l.lanacl, acldefault('l', l.lanowner), pg_get_userbyid(l.lanowner))
    END AS "grants:acl",
    l.lanpltrusted AS "trusted:flag",
    nullif(l.lanplcallfoid::oid, 0)::regprocedure AS handler,
    nullif(l.laninline::oid, 0)::regprocedure AS inline,
    nullif(l.lanvalidator::oid, 0)::regprocedure AS validator
FROM pg_language l
WHERE l.oid >= 16384
