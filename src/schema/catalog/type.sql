-- Enums, domains, ranges, composite types and base types; not those that come with a table, a range or an element type.
SELECT t.tableoid AS class, t.oid, n.nspname AS schema, t.typname AS name,
    CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range type' WHEN 'c' THEN 'composite type'
        ELSE 'type' END AS kind,
    pg_get_userbyid(t.typowner) AS owner,
    CASE WHEN t.typacl IS NOT NULL
        THEN json_build_array(t.typacl, acldefault('T', t.typowner), pg_get_userbyid(t.typowner))
    END AS "grants:acl",
    labels.list AS "values:json",
    CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END AS type,
    CASE WHEN t.typtype = 'd' AND t.typcollation <> base.typcollation THEN t.typcollation::regcollation END AS collation,
    CASE WHEN t.typtype = 'd' THEN coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault) END AS "default:sql",
    t.typnotnull AS "not null:flag",
    nullif(nn.conname, concat(t.typname, '_not_null')) AS "not null name", -- 18+
    CASE WHEN t.typtype = 'r' THEN format_type(r.rngsubtype, NULL) END AS subtype,
    CASE WHEN t.typtype = 'r' THEN concat(quote_ident(ocn.nspname), '.', quote_ident(oc.opcname)) END AS "operator class",
    CASE WHEN r.rngcollation <> sub.typcollation THEN r.rngcollation::regcollation END AS "range collation",
    nullif(r.rngcanonical::oid, 0)::regprocedure AS canonical,
    nullif(r.rngsubdiff::oid, 0)::regprocedure AS "subtype difference",
    CASE WHEN t.typtype = 'r' THEN format_type(r.rngmultitypid, NULL) END AS multirange, -- 14+
    t.typtype = 'b' AND NOT t.typisdefined OR t.typtype = 'p' AS "shell:flag",
    CASE WHEN t.typtype = 'b' AND t.typisdefined THEN json_build_object(
        'input', t.typinput::oid::regprocedure,
        'output', t.typoutput::oid::regprocedure,
        'receive', nullif(t.typreceive::oid, 0)::regprocedure,
        'send', nullif(t.typsend::oid, 0)::regprocedure,
        'modifier input', nullif(t.typmodin::oid, 0)::regprocedure,
        'modifier output', nullif(t.typmodout::oid, 0)::regprocedure,
        'analyze', nullif(t.typanalyze::oid, 0)::regprocedure,
        'subscript', nullif(t.typsubscript::oid, 0)::regprocedure, -- 14+
        'element', nullif(t.typelem::oid, 0)::regtype,
        'length', t.typlen,
        'by value', t.typbyval,
        'alignment', t.typalign,
        'storage', t.typstorage,
        'category', t.typcategory,
        'preferred', t.typispreferred,
        'delimiter', t.typdelim,
        'default', t.typdefault,
        'collatable', t.typcollation <> 0)
    END AS "*:json"
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_class c ON c.oid = t.typrelid
LEFT JOIN pg_type base ON base.oid = t.typbasetype
LEFT JOIN pg_type element ON element.oid = t.typelem
LEFT JOIN pg_range r ON r.rngtypid = t.oid
LEFT JOIN pg_type sub ON sub.oid = r.rngsubtype
LEFT JOIN pg_opclass oc ON oc.oid = r.rngsubopc
LEFT JOIN pg_namespace ocn ON ocn.oid = oc.opcnamespace
LEFT JOIN pg_constraint nn ON nn.contypid = t.oid AND nn.contype = 'n' -- 18+
LEFT JOIN (
    SELECT enumtypid, json_agg(enumlabel ORDER BY enumsortorder) AS list FROM pg_enum GROUP BY enumtypid
) labels ON labels.enumtypid = t.oid
WHERE t.oid >= 16384 AND t.typtype <> 'm' AND element.typarray IS DISTINCT FROM t.oid
    AND (c.relkind IS NULL OR c.relkind = 'c')
