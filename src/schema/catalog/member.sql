-- What belongs to an extension: the extension is an object, these are not.
SELECT classid AS class, objid AS oid, refobjid AS extension
FROM pg_depend
WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
