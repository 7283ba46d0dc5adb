-- Operators. One that was only named, as another's commutator or negator, has no function.
SELECT o.tableoid AS class, o.oid, n.nspname AS schema, 'operator' AS kind,
    concat(o.oprname, '(', CASE o.oprleft WHEN 0 THEN 'NONE' ELSE format_type(o.oprleft, NULL) END, ', ',
        CASE o.oprright WHEN 0 THEN 'NONE' ELSE format_type(o.oprright, NULL) END, ')') AS name,
    pg_get_userbyid(o.oprowner) AS owner,
    nullif(o.oprcode::oid, 0)::regprocedure AS function,
    CASE WHEN o.oprresult <> 0 THEN format_type(o.oprresult, NULL) END AS returns,
    nullif(o.oprcom::oid, 0)::regoperator AS commutator,
    nullif(o.oprnegate::oid, 0)::regoperator AS negator,
    nullif(o.oprrest::oid, 0)::regprocedure AS "restrict",
    nullif(o.oprjoin::oid, 0)::regprocedure AS "join",
    o.oprcanhash AS "hashes:flag",
    o.oprcanmerge AS "merges:flag"
FROM pg_operator o
JOIN pg_namespace n ON n.oid = o.oprnamespace
WHERE o.oid >= 16384
