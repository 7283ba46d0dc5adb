-- Conversions between encodings.
SELECT c.tableoid AS class, c.oid, n.nspname AS schema, c.conname AS name, 'conversion' AS kind,
    pg_get_userbyid(c.conowner) AS owner,
    pg_encoding_to_char(c.conforencoding) AS "from",
    pg_encoding_to_char(c.contoencoding) AS "to",
    c.conproc::oid::regprocedure AS function,
    c.condefault AS "default:flag"
FROM pg_conversion c
JOIN pg_namespace n ON n.oid = c.connamespace
WHERE c.oid >= 16384
