-- Text search configurations, with the dictionaries of each kind of token, in order.
SELECT c.tableoid AS class, c.oid, n.nspname AS schema, c.cfgname AS name, 'text search configuration' AS kind,
    pg_get_userbyid(c.cfgowner) AS owner,
    concat(quote_ident(pn.nspname), '.', quote_ident(p.prsname)) AS parser,
    (
        SELECT json_object_agg(mapping.alias, mapping.dictionaries ORDER BY mapping.alias)
        FROM (
            SELECT t.alias, json_agg(m.mapdict::regdictionary::text ORDER BY m.mapseqno) AS dictionaries
            FROM pg_ts_config_map m
            JOIN ts_token_type(c.cfgparser) t ON t.tokid = m.maptokentype
            WHERE m.mapcfg = c.oid
            GROUP BY t.alias
        ) mapping
    ) AS "mappings:json"
FROM pg_ts_config c
JOIN pg_namespace n ON n.oid = c.cfgnamespace
JOIN pg_ts_parser p ON p.oid = c.cfgparser
JOIN pg_namespace pn ON pn.oid = p.prsnamespace
WHERE c.oid >= 16384
