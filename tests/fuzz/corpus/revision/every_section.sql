-- revision:   9c1d2e3f4a5b
-- message:    one of each
-- parents:    3f9a1c0b7d2e
-- depends_on: 81d2b6f40e9c
-- labels:     sections
-- created:    2026-11-21T02:24:35Z
-- confirm:    DELETE OLD TABLES
-- lint:       allow endless-batch

-- [up lock_timeout=1s]
CREATE TABLE t (id bigint, a text DEFAULT $x$;$x$);
-- [up transaction=off]
CREATE INDEX CONCURRENTLY i ON t (a);
-- [batch pause=10ms limit=3]
UPDATE t SET a = '' WHERE id IN (SELECT id FROM t WHERE a IS NULL LIMIT 1000);
-- [load from=v1 into=t key=id]
SELECT id, name AS a FROM old /* in /* it */ */
-- [retire]
table old
column t.b
function f(integer, text)
-- [down]
DROP TABLE t;
-- [verify]
SELECT count(*) = 1 AS ok FROM t;
