-- Comments, on whatever they are. What initdb says of `public` is the state without a comment.
SELECT classoid AS class, objoid AS oid, objsubid AS sub, 'comment' AS kind, description AS comment
FROM pg_description
-- A large object may have any number.
WHERE (objoid >= 16384 OR classoid = 'pg_largeobject'::regclass)
    -- There is nothing to add it to before 14, where who may not read all of pg_subscription sees no oid in it.
    AND classoid <> 'pg_subscription'::regclass -- <14
UNION ALL
SELECT n.tableoid, n.oid, 0, 'comment', coalesce(d.description, '')
FROM pg_namespace n
LEFT JOIN pg_description d ON d.classoid = n.tableoid AND d.objoid = n.oid
WHERE n.nspname = 'public' AND n.oid < 16384 AND d.description IS DISTINCT FROM 'standard public schema'
UNION ALL
SELECT s.classoid, s.objoid, 0, 'comment', s.description
FROM pg_shdescription s
JOIN pg_database d ON d.tableoid = s.classoid AND d.oid = s.objoid AND d.datname = current_database()
-- So is what initdb says of its own three.
WHERE (d.datname, s.description) NOT IN (
    ('postgres', 'default administrative connection database'),
    ('template1', 'default template for new databases'),
    ('template0', 'unmodifiable empty database')
)
