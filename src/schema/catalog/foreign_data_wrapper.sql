-- Foreign data wrappers.
SELECT w.tableoid AS class, w.oid, 'foreign data wrapper' AS kind, w.fdwname AS name,
    pg_get_userbyid(w.fdwowner) AS owner,
    CASE WHEN w.fdwacl IS NOT NULL
        THEN json_build_array(w.fdwacl, acldefault('F', w.fdwowner), pg_get_userbyid(w.fdwowner))
    END AS "grants:acl",
    nullif(w.fdwhandler::oid, 0)::regprocedure AS handler,
    nullif(w.fdwvalidator::oid, 0)::regprocedure AS validator,
    to_json(w.fdwoptions) AS "options:secrets"
FROM pg_foreign_data_wrapper w
WHERE w.oid >= 16384
