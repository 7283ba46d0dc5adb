-- What there is of retired objects, by the catalogs alone: no lock is waited for, and no right is needed.
WITH RECURSIVE retired (number, kind, schema, relation, backup) AS (VALUES {objects}),
found AS (
    SELECT r.number, r.kind, r.backup, n.oid AS space, c.oid, c.relkind
    FROM retired r
    LEFT JOIN pg_namespace n ON n.nspname = r.schema
    LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = coalesce(r.relation, r.backup) AND c.relkind = ANY (
        CASE r.kind
            WHEN 'table' THEN '{r,p,f}' WHEN 'column' THEN '{r,p}' WHEN 'view' THEN '{v}' WHEN 'materialized view' THEN '{m}'
            WHEN 'sequence' THEN '{S}' ELSE '{}'
        END::"char"[])
),
tree (number, oid) AS (
    SELECT number, oid FROM found WHERE oid IS NOT NULL AND kind IN ('table', 'column', 'materialized view')
    UNION
    SELECT t.number, i.inhrelid
    FROM tree t JOIN pg_inherits i ON i.inhparent = t.oid JOIN pg_class c ON c.oid = i.inhrelid AND c.relispartition
),
held AS (
    -- A partitioned table has nothing itself. What is elsewhere has rows of which nobody here knows how many they are.
    SELECT t.number, array_agg(c.oid) AS parts, bool_or(c.relkind = 'f') AS is_foreign,
        CASE WHEN bool_and(c.relkind = 'p' OR c.reltuples >= 0 AND c.relkind <> 'f')
            THEN sum(c.reltuples) FILTER (WHERE c.relkind <> 'p') END AS rows
    FROM tree t JOIN pg_class c USING (oid)
    GROUP BY t.number
)
SELECT
    CASE f.kind
        WHEN 'type' THEN EXISTS (SELECT FROM pg_type t WHERE t.typnamespace = f.space AND t.typname = f.backup)
        WHEN 'column' THEN EXISTS (
            SELECT FROM pg_attribute a WHERE a.attrelid = f.oid AND a.attname = f.backup AND NOT a.attisdropped)
        WHEN 'function' THEN EXISTS (
            SELECT FROM pg_proc p WHERE p.pronamespace = f.space AND p.proname = f.backup AND p.prokind <> 'p')
        WHEN 'procedure' THEN EXISTS (
            SELECT FROM pg_proc p WHERE p.pronamespace = f.space AND p.proname = f.backup AND p.prokind = 'p')
        ELSE f.oid IS NOT NULL
    END,
    CASE WHEN f.kind <> 'column' THEN coalesce(h.rows, CASE WHEN f.relkind = 'p' AND NOT h.is_foreign THEN 0 END)::bigint END,
    CASE WHEN NOT h.is_foreign THEN h.parts END,
    f.relkind = 'p'
FROM found f
LEFT JOIN held h USING (number)
ORDER BY f.number
