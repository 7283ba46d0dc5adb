-- Security labels, on whatever they are.
SELECT classoid AS class, objoid AS oid, objsubid AS sub, 'label' AS kind,
    json_object_agg(provider, label ORDER BY provider) AS "labels:json"
FROM pg_seclabel
GROUP BY classoid, objoid, objsubid
UNION ALL
SELECT s.classoid, s.objoid, 0, 'label', json_object_agg(s.provider, s.label ORDER BY s.provider)
FROM pg_shseclabel s
JOIN pg_database d ON d.tableoid = s.classoid AND d.oid = s.objoid AND d.datname = current_database()
GROUP BY s.classoid, s.objoid
