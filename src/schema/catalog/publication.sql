-- Publications.
SELECT p.tableoid AS class, p.oid, 'publication' AS kind, p.pubname AS name,
    pg_get_userbyid(p.pubowner) AS owner,
    p.puballtables AS "all tables:flag",
    json_build_object('insert', p.pubinsert, 'update', p.pubupdate, 'delete', p.pubdelete, 'truncate', p.pubtruncate)
        AS "publish:json",
    p.pubviaroot AS "via partition root:flag"
    , CASE p.pubgencols WHEN 's' THEN 'stored' END AS "generated columns" -- 18+
FROM pg_publication p
WHERE p.oid >= 16384
