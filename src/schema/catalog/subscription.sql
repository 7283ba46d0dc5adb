-- Subscriptions of this database; not how they connect: that may have a password in it, and only superusers may read it.
SELECT 'pg_subscription'::regclass::oid AS class, 'subscription' AS kind, s.subname AS name,
    s.oid, -- 14+
    0 AS oid, -- <14
    pg_get_userbyid(s.subowner) AS owner,
    NOT s.subenabled AS "disabled:flag",
    s.subslotname AS slot,
    to_json(s.subpublications) AS "publications:set"
    , s.subbinary AS "binary:flag" -- 14+
    , s.substream::text AS streaming -- 14+
    , s.subsynccommit AS "synchronous commit" -- 14+
    , s.subtwophasestate <> 'd' AS "two phase:flag" -- 15+
    , s.subdisableonerr AS "disable on error:flag" -- 15+
    , s.subpasswordrequired AS "password required:flag" -- 16+
    , s.subrunasowner AS "run as owner:flag" -- 16+
    , s.suborigin AS origin -- 16+
    , s.subfailover AS "failover:flag" -- 17+
FROM pg_subscription s
JOIN pg_database d ON d.oid = s.subdbid AND d.datname = current_database()
