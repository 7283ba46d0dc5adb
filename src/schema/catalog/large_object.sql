-- Large objects; not what they hold.
SELECT 'pg_largeobject'::regclass::oid AS class, l.oid, 'large object' AS kind, l.oid AS name,
    pg_get_userbyid(l.lomowner) AS owner,
    CASE WHEN l.lomacl IS NOT NULL
        THEN json_build_array(l.lomacl, acldefault('L', l.lomowner), pg_get_userbyid(l.lomowner))
    END AS "grants:acl"
FROM pg_largeobject_metadata l
