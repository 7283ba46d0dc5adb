-- Objects of every kind that PostgreSQL 13 has, with what there is to say of them. The roles kinds_owner, kinds_reader
-- and "Kinds Writer" are there already.

CREATE SCHEMA shop;
CREATE SCHEMA "Odd ""Name" AUTHORIZATION kinds_owner;
COMMENT ON SCHEMA shop IS 'What is sold';
GRANT USAGE ON SCHEMA shop TO kinds_reader;
GRANT USAGE, CREATE ON SCHEMA shop TO "Kinds Writer" WITH GRANT OPTION;

CREATE EXTENSION hstore SCHEMA shop;
CREATE EXTENSION pg_trgm SCHEMA public;
COMMENT ON EXTENSION hstore IS 'Keys and values';

-- Types

CREATE TYPE shop.size AS ENUM ('small', 'medium', 'large');
ALTER TYPE shop.size ADD VALUE 'tiny' BEFORE 'small';
CREATE TYPE shop.empty_enum AS ENUM ();
COMMENT ON TYPE shop.size IS 'How big';
ALTER TYPE shop.size OWNER TO kinds_owner;
GRANT USAGE ON TYPE shop.size TO kinds_reader;
REVOKE USAGE ON TYPE shop.size FROM PUBLIC;

CREATE DOMAIN shop.email AS text COLLATE "C" DEFAULT 'nobody@example.com' NOT NULL
    CONSTRAINT email_has_at CHECK (VALUE LIKE '%@%') CONSTRAINT email_short CHECK (length(VALUE) < 200);
CREATE DOMAIN shop.percent AS numeric(5, 2) CHECK (VALUE >= 0 AND VALUE <= 100);
ALTER DOMAIN shop.percent ADD CONSTRAINT percent_later CHECK (VALUE <> 13) NOT VALID;
CREATE DOMAIN shop.emails AS shop.email[];
COMMENT ON DOMAIN shop.email IS 'An address';
COMMENT ON CONSTRAINT email_has_at ON DOMAIN shop.email IS 'It has one';

CREATE TYPE shop.address AS (street text, number integer, town varchar(40) COLLATE "C");
COMMENT ON TYPE shop.address IS 'Where';
COMMENT ON COLUMN shop.address.street IS 'Without the number';
CREATE TYPE shop.nothing AS ();

CREATE FUNCTION shop.price_difference(a numeric, b numeric) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT (a - b)::double precision';
CREATE TYPE shop.price_range AS RANGE (subtype = numeric, subtype_diff = shop.price_difference);
CREATE TYPE shop.word_range AS RANGE (subtype = text, collation = "C", subtype_opclass = text_pattern_ops);

CREATE TYPE shop.widget;
CREATE FUNCTION shop.widget_in(cstring) RETURNS shop.widget LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION shop.widget_out(shop.widget) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE FUNCTION shop.widget_receive(internal) RETURNS shop.widget LANGUAGE internal IMMUTABLE STRICT AS 'int4recv';
CREATE FUNCTION shop.widget_send(shop.widget) RETURNS bytea LANGUAGE internal IMMUTABLE STRICT AS 'int4send';
CREATE TYPE shop.widget (
    INPUT = shop.widget_in, OUTPUT = shop.widget_out, RECEIVE = shop.widget_receive, SEND = shop.widget_send,
    INTERNALLENGTH = 4, PASSEDBYVALUE, ALIGNMENT = int4, STORAGE = plain, CATEGORY = 'W', PREFERRED = true,
    DEFAULT = '7', DELIMITER = ';'
);
COMMENT ON TYPE shop.widget IS 'A number that is none';
CREATE TYPE shop.shell;

-- Functions, procedures, aggregates

CREATE FUNCTION shop.widget_less(shop.widget, shop.widget) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4lt';
CREATE FUNCTION shop.widget_less_equal(shop.widget, shop.widget) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4le';
CREATE FUNCTION shop.widget_equal(shop.widget, shop.widget) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4eq';
CREATE FUNCTION shop.widget_not_equal(shop.widget, shop.widget) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4ne';
CREATE FUNCTION shop.widget_greater_equal(shop.widget, shop.widget) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4ge';
CREATE FUNCTION shop.widget_greater(shop.widget, shop.widget) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4gt';
CREATE FUNCTION shop.widget_compare(shop.widget, shop.widget) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'btint4cmp';
CREATE FUNCTION shop.widget_hash(shop.widget) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'hashint4';

CREATE FUNCTION shop.plain(a integer, b text DEFAULT 'x', VARIADIC rest integer[] DEFAULT '{}') RETURNS integer
    LANGUAGE plpgsql AS $$ BEGIN RETURN a; END $$;
CREATE FUNCTION shop.with_everything(INOUT a integer, OUT b text) RETURNS SETOF record
    LANGUAGE sql STABLE STRICT SECURITY DEFINER LEAKPROOF PARALLEL RESTRICTED COST 5 ROWS 7
    SET search_path = shop, pg_temp SET work_mem = '8MB' AS $$ SELECT a, 'b'::text $$;
CREATE FUNCTION shop.table_function(lowest integer) RETURNS TABLE (id integer, name text)
    LANGUAGE sql AS $$ SELECT 1, 'x' WHERE lowest < 2 $$;
CREATE FUNCTION shop.overloaded(integer) RETURNS integer LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION shop.overloaded(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION shop."Odd (function)"() RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION shop.my_rank() RETURNS bigint LANGUAGE internal WINDOW IMMUTABLE AS 'window_rank';
CREATE FUNCTION shop.supported(text, text) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT
    SUPPORT pg_catalog.textlike_support AS 'textlike';
CREATE FUNCTION shop.in_c() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE FUNCTION shop.inline_c(internal) RETURNS void LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_inline_handler';
CREATE FUNCTION shop.validate_c(oid) RETURNS void LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_validator';
COMMENT ON FUNCTION shop.plain(integer, text, integer[]) IS 'Plain';
ALTER FUNCTION shop.plain(integer, text, integer[]) OWNER TO kinds_owner;
REVOKE EXECUTE ON FUNCTION shop.plain(integer, text, integer[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shop.plain(integer, text, integer[]) TO kinds_reader;
CREATE PROCEDURE shop.restock(amount integer) LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN COMMIT; END $$;
COMMENT ON PROCEDURE shop.restock(integer) IS 'Fills up';

CREATE AGGREGATE shop.total(numeric) (
    SFUNC = numeric_add, STYPE = numeric, INITCOND = '0', COMBINEFUNC = numeric_add, PARALLEL = SAFE,
    MSFUNC = numeric_add, MINVFUNC = numeric_sub, MSTYPE = numeric, MINITCOND = '0', SSPACE = 16
);
CREATE AGGREGATE shop.average(double precision) (
    SFUNC = float8_accum, STYPE = double precision[], FINALFUNC = float8_avg, INITCOND = '{0,0,0}'
);
CREATE AGGREGATE shop.lowest(integer) (SFUNC = int4smaller, STYPE = integer, SORTOP = <);
CREATE AGGREGATE shop.middle(double precision ORDER BY anyelement) (
    SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA
);
CREATE AGGREGATE shop.place(VARIADIC "any" ORDER BY VARIADIC "any") (
    SFUNC = ordered_set_transition_multi, STYPE = internal, FINALFUNC = rank_final, FINALFUNC_EXTRA, HYPOTHETICAL
);
COMMENT ON AGGREGATE shop.total(numeric) IS 'Adds up';

-- Operators and what orders by them

CREATE OPERATOR shop.< (LEFTARG = shop.widget, RIGHTARG = shop.widget, FUNCTION = shop.widget_less,
    COMMUTATOR = OPERATOR(shop.>), NEGATOR = OPERATOR(shop.>=), RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
CREATE OPERATOR shop.<= (LEFTARG = shop.widget, RIGHTARG = shop.widget, FUNCTION = shop.widget_less_equal,
    COMMUTATOR = OPERATOR(shop.>=), NEGATOR = OPERATOR(shop.>));
CREATE OPERATOR shop.= (LEFTARG = shop.widget, RIGHTARG = shop.widget, FUNCTION = shop.widget_equal,
    COMMUTATOR = OPERATOR(shop.=), NEGATOR = OPERATOR(shop.<>), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
CREATE OPERATOR shop.<> (LEFTARG = shop.widget, RIGHTARG = shop.widget, FUNCTION = shop.widget_not_equal,
    COMMUTATOR = OPERATOR(shop.<>), NEGATOR = OPERATOR(shop.=));
CREATE OPERATOR shop.>= (LEFTARG = shop.widget, RIGHTARG = shop.widget, FUNCTION = shop.widget_greater_equal,
    COMMUTATOR = OPERATOR(shop.<=), NEGATOR = OPERATOR(shop.<));
CREATE OPERATOR shop.> (LEFTARG = shop.widget, RIGHTARG = shop.widget, FUNCTION = shop.widget_greater,
    COMMUTATOR = OPERATOR(shop.<), NEGATOR = OPERATOR(shop.<=));
CREATE OPERATOR shop.!! (RIGHTARG = shop.widget, FUNCTION = shop.widget_hash);
COMMENT ON OPERATOR shop.< (shop.widget, shop.widget) IS 'Less';

CREATE OPERATOR FAMILY shop.widgets USING btree;
CREATE OPERATOR CLASS shop.widget_order DEFAULT FOR TYPE shop.widget USING btree FAMILY shop.widgets AS
    OPERATOR 1 shop.<, OPERATOR 2 shop.<=, OPERATOR 3 shop.=, OPERATOR 4 shop.>=, OPERATOR 5 shop.>,
    FUNCTION 1 shop.widget_compare(shop.widget, shop.widget);
CREATE OPERATOR CLASS shop.widget_hashing DEFAULT FOR TYPE shop.widget USING hash AS
    OPERATOR 1 shop.=, FUNCTION 1 shop.widget_hash(shop.widget);
CREATE FUNCTION shop.widget_compare_integer(shop.widget, integer) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'btint4cmp';
ALTER OPERATOR FAMILY shop.widgets USING btree ADD FUNCTION 1 (shop.widget, integer) shop.widget_compare_integer(shop.widget, integer);
CREATE OPERATOR FAMILY shop.lonely USING gist;
COMMENT ON OPERATOR CLASS shop.widget_order USING btree IS 'Orders widgets';
COMMENT ON OPERATOR FAMILY shop.widgets USING btree IS 'All about widgets';

-- Casts, collations, conversions, languages, transforms, access methods

CREATE FUNCTION shop.text_to_address(text) RETURNS shop.address LANGUAGE sql IMMUTABLE AS 'SELECT ROW($1, 1, NULL)::shop.address';
CREATE CAST (text AS shop.address) WITH FUNCTION shop.text_to_address(text) AS ASSIGNMENT;
CREATE CAST (integer AS shop.widget) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (shop.size AS integer) WITH INOUT;
COMMENT ON CAST (text AS shop.address) IS 'Only the street';
CREATE COLLATION shop.plain_order (lc_collate = 'C', lc_ctype = 'POSIX');
COMMENT ON COLLATION shop.plain_order IS 'Bytes';
CREATE CONVERSION shop.from_latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE DEFAULT CONVERSION shop.to_latin FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1;
COMMENT ON CONVERSION shop.from_latin IS 'Old files';
CREATE TRUSTED LANGUAGE shop_language HANDLER shop.in_c INLINE shop.inline_c VALIDATOR shop.validate_c;
CREATE LANGUAGE untrusted_language HANDLER shop.in_c;
COMMENT ON LANGUAGE shop_language IS 'Like PL/pgSQL';
GRANT USAGE ON LANGUAGE shop_language TO kinds_reader;
CREATE TRANSFORM FOR integer LANGUAGE sql (
    FROM SQL WITH FUNCTION prsd_lextype(internal), TO SQL WITH FUNCTION int4recv(internal));
COMMENT ON TRANSFORM FOR integer LANGUAGE sql IS 'Of no use';
CREATE FUNCTION shop.transformed(integer) RETURNS integer LANGUAGE sql TRANSFORM FOR TYPE integer AS 'SELECT $1';
CREATE ACCESS METHOD heap_too TYPE TABLE HANDLER heap_tableam_handler;
CREATE ACCESS METHOD btree_too TYPE INDEX HANDLER bthandler;
COMMENT ON ACCESS METHOD heap_too IS 'Heap';

-- Text search

CREATE TEXT SEARCH PARSER shop.words (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end,
    HEADLINE = prsd_headline, LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH TEMPLATE shop.simple_template (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH DICTIONARY shop.simple_words (TEMPLATE = pg_catalog.simple, ACCEPT = false);
CREATE TEXT SEARCH DICTIONARY shop.more_words (TEMPLATE = shop.simple_template);
CREATE TEXT SEARCH CONFIGURATION shop.search (PARSER = shop.words);
ALTER TEXT SEARCH CONFIGURATION shop.search ADD MAPPING FOR asciiword, word WITH shop.simple_words, pg_catalog.english_stem;
ALTER TEXT SEARCH CONFIGURATION shop.search ADD MAPPING FOR email WITH pg_catalog.simple;
COMMENT ON TEXT SEARCH PARSER shop.words IS 'p';
COMMENT ON TEXT SEARCH TEMPLATE shop.simple_template IS 't';
COMMENT ON TEXT SEARCH DICTIONARY shop.simple_words IS 'd';
COMMENT ON TEXT SEARCH CONFIGURATION shop.search IS 'c';

-- Sequences and tables

CREATE SEQUENCE shop.numbers AS integer START 5 INCREMENT 2 MINVALUE 1 MAXVALUE 999 CACHE 3 CYCLE;
COMMENT ON SEQUENCE shop.numbers IS 'Odd ones';
GRANT USAGE ON SEQUENCE shop.numbers TO kinds_reader;
CREATE SEQUENCE shop.owned;
CREATE SEQUENCE shop.backwards INCREMENT -1;

CREATE TABLE shop.customer (
    id bigint GENERATED ALWAYS AS IDENTITY (START 100 CACHE 2) PRIMARY KEY,
    gone integer,
    number integer DEFAULT nextval('shop.numbers') NOT NULL,
    email shop.email,
    name varchar(80) COLLATE "C" DEFAULT 'nobody' NOT NULL,
    full_name text GENERATED ALWAYS AS (upper(name)) STORED,
    born date,
    since timestamptz DEFAULT now(),
    until timestamp DEFAULT NULL,
    home shop.address,
    sizes shop.size[] DEFAULT '{small}',
    tags shop.hstore,
    notes text,
    UNIQUE (email),
    CONSTRAINT customer_two UNIQUE (number, name) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT customer_life CHECK (born < until AND born IS NOT NULL AND name <> ''),
    CONSTRAINT customer_no_inherit CHECK (number > 0) NO INHERIT
);
ALTER TABLE shop.customer DROP COLUMN gone;
ALTER TABLE shop.customer ADD CONSTRAINT customer_later CHECK (length(notes) < 1000) NOT VALID;
ALTER TABLE shop.customer ALTER COLUMN notes SET STORAGE EXTERNAL;
ALTER TABLE shop.customer ALTER COLUMN name SET STATISTICS 500;
ALTER TABLE shop.customer ALTER COLUMN name SET (n_distinct = -0.5);
ALTER TABLE shop.customer SET (fillfactor = 80, autovacuum_enabled = false, toast.autovacuum_enabled = false);
ALTER TABLE shop.customer OWNER TO kinds_owner;
ALTER SEQUENCE shop.owned OWNER TO kinds_owner;
ALTER SEQUENCE shop.owned OWNED BY shop.customer.number;
COMMENT ON TABLE shop.customer IS 'Who buys';
COMMENT ON COLUMN shop.customer.email IS 'Where to write';
COMMENT ON CONSTRAINT customer_life ON shop.customer IS 'Nobody dies before';
COMMENT ON INDEX shop.customer_pkey IS 'The index of the key';
GRANT SELECT, INSERT ON shop.customer TO kinds_reader;
GRANT UPDATE ON shop.customer TO "Kinds Writer" WITH GRANT OPTION;
GRANT SELECT ON shop.customer TO PUBLIC;
GRANT UPDATE (notes), SELECT (email) ON shop.customer TO kinds_reader;
CREATE INDEX customer_name ON shop.customer (name text_pattern_ops DESC NULLS LAST, born);
CREATE INDEX customer_expression ON shop.customer ((lower(name)), (born + 1)) WITH (fillfactor = 70);
ALTER INDEX shop.customer_expression ALTER COLUMN 1 SET STATISTICS 300;
CREATE UNIQUE INDEX customer_partial ON shop.customer (notes) INCLUDE (born) WHERE name <> 'nobody';
CREATE INDEX customer_hash ON shop.customer USING hash (name);
CREATE INDEX customer_grams ON shop.customer USING gin (notes public.gin_trgm_ops);
CREATE INDEX "Odd USING index" ON shop.customer (since);
COMMENT ON INDEX shop.customer_name IS 'By name';
ALTER TABLE shop.customer CLUSTER ON customer_name;
CREATE STATISTICS shop.customer_statistics (dependencies, ndistinct) ON name, born FROM shop.customer;
ALTER STATISTICS shop.customer_statistics SET STATISTICS 50;
COMMENT ON STATISTICS shop.customer_statistics IS 'Both';

CREATE TABLE shop.purchase (
    id bigint GENERATED BY DEFAULT AS IDENTITY,
    customer bigint NOT NULL,
    referrer bigint,
    amount numeric(10, 2),
    during tstzrange,
    widget shop.widget,
    PRIMARY KEY (id) INCLUDE (amount) WITH (fillfactor = 90),
    CONSTRAINT purchase_customer FOREIGN KEY (customer) REFERENCES shop.customer (id)
        ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT purchase_not_twice EXCLUDE USING gist (during WITH &&) WHERE (amount > 0),
    CONSTRAINT purchase_full FOREIGN KEY (referrer) REFERENCES shop.purchase (id) MATCH FULL
);
ALTER TABLE shop.purchase ADD CONSTRAINT purchase_later FOREIGN KEY (referrer) REFERENCES shop.customer (id) NOT VALID;
ALTER TABLE shop.purchase REPLICA IDENTITY USING INDEX purchase_pkey;
ALTER TABLE shop.purchase CLUSTER ON purchase_pkey;
ALTER TABLE shop.purchase ENABLE ROW LEVEL SECURITY;
CREATE POLICY purchase_all ON shop.purchase USING (amount > 0) WITH CHECK (amount > 1);
CREATE POLICY purchase_some ON shop.purchase AS RESTRICTIVE FOR SELECT TO kinds_reader, "Kinds Writer"
    USING (customer IN (SELECT id FROM shop.customer));
CREATE POLICY purchase_insert ON shop.purchase FOR INSERT TO kinds_owner WITH CHECK (true);
COMMENT ON POLICY purchase_all ON shop.purchase IS 'All of them';
CREATE INDEX purchase_widget ON shop.purchase (widget);

CREATE UNLOGGED TABLE shop.cache (key text PRIMARY KEY, value text);
ALTER TABLE shop.cache FORCE ROW LEVEL SECURITY;
ALTER TABLE shop.cache REPLICA IDENTITY FULL;
CREATE TABLE shop.other_heap (a integer) USING heap_too;
ALTER TABLE shop.other_heap REPLICA IDENTITY NOTHING;
CREATE TABLE shop.of_address OF shop.address (number WITH OPTIONS DEFAULT 1, PRIMARY KEY (street));
CREATE TABLE shop.no_columns ();
CREATE TABLE "Odd ""Name"."Table.dot" ("Column one" integer CHECK ("Column one" > 0), "SELECT" text, PRIMARY KEY ("Column one"));
ALTER TABLE "Odd ""Name"."Table.dot" OWNER TO "Kinds Writer";
GRANT SELECT ON "Odd ""Name"."Table.dot" TO kinds_reader;

-- Inheritance and partitions

CREATE TABLE shop.animal (id integer PRIMARY KEY, name text DEFAULT 'x', legs integer CHECK (legs >= 0));
CREATE TABLE shop.walker (speed integer);
CREATE TABLE shop.cat (claws integer, name text DEFAULT 'cat') INHERITS (shop.animal, shop.walker);
CREATE TABLE shop.kitten () INHERITS (shop.cat);
ALTER TABLE shop.kitten ALTER COLUMN legs SET DEFAULT 4;

CREATE TABLE shop.event (id bigint NOT NULL, at date NOT NULL, kind text, payload jsonb DEFAULT '{}', CHECK (kind <> ''))
    PARTITION BY RANGE (at);
ALTER TABLE shop.event ADD PRIMARY KEY (id, at);
CREATE INDEX event_kind ON shop.event (kind);
CREATE TABLE shop.event_2025 PARTITION OF shop.event FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE shop.event_2026 PARTITION OF shop.event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')
    PARTITION BY RANGE (at);
CREATE TABLE shop.event_2026_a PARTITION OF shop.event_2026 FOR VALUES FROM ('2026-01-01') TO ('2026-07-01');
CREATE TABLE shop.event_2026_rest PARTITION OF shop.event_2026 DEFAULT;
CREATE TABLE shop.event_other (payload jsonb, kind text, at date NOT NULL, id bigint NOT NULL, CONSTRAINT event_kind_check CHECK (kind <> ''));
ALTER TABLE shop.event ATTACH PARTITION shop.event_other FOR VALUES FROM (MINVALUE) TO ('2025-01-01');
CREATE INDEX event_2025_own ON shop.event_2025 (payload);
ALTER TABLE shop.event_2025 ALTER COLUMN kind SET DEFAULT 'old';
CREATE TABLE shop.hashed (id integer) PARTITION BY HASH (id, (id % 7));
CREATE TABLE shop.hashed_0 PARTITION OF shop.hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE shop.listed (kind text) PARTITION BY LIST (lower(kind));
CREATE TABLE shop.listed_a PARTITION OF shop.listed FOR VALUES IN ('a', 'b', NULL);
CREATE TABLE shop.refers_to_event (event bigint, at date, FOREIGN KEY (event, at) REFERENCES shop.event);

-- Views, rules, triggers

CREATE VIEW shop.good_customer WITH (security_barrier = true, check_option = cascaded) AS
    SELECT id, name, email FROM shop.customer WHERE name <> 'bad';
ALTER VIEW shop.good_customer ALTER COLUMN name SET DEFAULT 'good';
ALTER VIEW shop.good_customer OWNER TO kinds_owner;
COMMENT ON VIEW shop.good_customer IS 'The good ones';
COMMENT ON COLUMN shop.good_customer.name IS 'Of the good one';
GRANT SELECT ON shop.good_customer TO kinds_reader;
GRANT UPDATE (name) ON shop.good_customer TO kinds_reader;
CREATE RECURSIVE VIEW shop.count_up (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM count_up WHERE n < 9;
CREATE VIEW shop.joined AS SELECT c.name, p.amount, sum(p.amount) OVER (PARTITION BY c.id) AS total
    FROM shop.customer c LEFT JOIN shop.purchase p ON p.customer = c.id;
CREATE MATERIALIZED VIEW shop.summary WITH (fillfactor = 60) AS SELECT name, count(*) AS n FROM shop.customer GROUP BY name;
CREATE UNIQUE INDEX summary_name ON shop.summary (name);
ALTER MATERIALIZED VIEW shop.summary ALTER COLUMN n SET STATISTICS 10;
CREATE MATERIALIZED VIEW shop.unpopulated AS SELECT 1 AS one WITH NO DATA;
COMMENT ON MATERIALIZED VIEW shop.summary IS 'By name';

CREATE RULE no_delete AS ON DELETE TO shop.cache DO INSTEAD NOTHING;
CREATE RULE also_log AS ON UPDATE TO shop.cache WHERE new.value <> old.value DO ALSO INSERT INTO shop.walker VALUES (1);
ALTER TABLE shop.cache DISABLE RULE also_log;
COMMENT ON RULE no_delete ON shop.cache IS 'Never';

CREATE FUNCTION shop.on_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
CREATE TRIGGER changes BEFORE INSERT OR UPDATE OF name ON shop.customer FOR EACH ROW
    WHEN (new.name IS NOT NULL AND new.name <> 'x') EXECUTE FUNCTION shop.on_change('a', 'b');
CREATE TRIGGER statement_changes AFTER UPDATE ON shop.customer REFERENCING OLD TABLE AS was NEW TABLE AS is_now
    FOR EACH STATEMENT EXECUTE FUNCTION shop.on_change();
CREATE TRIGGER replica_changes AFTER DELETE ON shop.customer FOR EACH ROW EXECUTE FUNCTION shop.on_change();
CREATE TRIGGER never_changes AFTER DELETE ON shop.customer FOR EACH ROW EXECUTE FUNCTION shop.on_change();
ALTER TABLE shop.customer ENABLE REPLICA TRIGGER replica_changes;
ALTER TABLE shop.customer DISABLE TRIGGER never_changes;
CREATE CONSTRAINT TRIGGER late_changes AFTER INSERT ON shop.purchase DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION shop.on_change();
CREATE TRIGGER view_changes INSTEAD OF UPDATE ON shop.joined FOR EACH ROW EXECUTE FUNCTION shop.on_change();
CREATE TRIGGER event_changes AFTER INSERT ON shop.event FOR EACH ROW EXECUTE FUNCTION shop.on_change();
ALTER TABLE shop.event_2025 DISABLE TRIGGER event_changes;
COMMENT ON TRIGGER changes ON shop.customer IS 'Looks at names';
ALTER TRIGGER changes ON shop.customer DEPENDS ON EXTENSION pg_trgm;
ALTER INDEX shop.customer_hash DEPENDS ON EXTENSION pg_trgm;

CREATE FUNCTION shop.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE EVENT TRIGGER shop_watches ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE') EXECUTE FUNCTION shop.on_ddl();
CREATE EVENT TRIGGER shop_drops ON sql_drop EXECUTE FUNCTION shop.on_ddl();
ALTER EVENT TRIGGER shop_drops DISABLE;
COMMENT ON EVENT TRIGGER shop_watches IS 'Watches';

-- Elsewhere

CREATE FUNCTION shop.check_options(text[], oid) RETURNS void LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE FOREIGN DATA WRAPPER shop_wrapper VALIDATOR shop.check_options OPTIONS (debug 'true');
CREATE SERVER shop_server TYPE 'files' VERSION '2' FOREIGN DATA WRAPPER shop_wrapper OPTIONS (host 'there', port '1');
CREATE USER MAPPING FOR kinds_reader SERVER shop_server OPTIONS (user 'me', password 's3kr1t');
CREATE USER MAPPING FOR PUBLIC SERVER shop_server;
CREATE FOREIGN TABLE shop.far (id integer OPTIONS (column_name 'ID') NOT NULL, name text) SERVER shop_server OPTIONS (path '/x');
GRANT USAGE ON FOREIGN SERVER shop_server TO kinds_reader;
GRANT USAGE ON FOREIGN DATA WRAPPER shop_wrapper TO kinds_reader;
ALTER SERVER shop_server OWNER TO kinds_owner;
COMMENT ON FOREIGN DATA WRAPPER shop_wrapper IS 'w';
COMMENT ON SERVER shop_server IS 's';
COMMENT ON FOREIGN TABLE shop.far IS 'f';

CREATE PUBLICATION some_tables FOR TABLE shop.customer, shop.purchase WITH (publish = 'insert, update', publish_via_partition_root = true);
CREATE PUBLICATION all_tables FOR ALL TABLES;
COMMENT ON PUBLICATION some_tables IS 'Two of them';

ALTER DEFAULT PRIVILEGES FOR ROLE kinds_owner GRANT SELECT ON TABLES TO kinds_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE kinds_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE kinds_owner IN SCHEMA shop GRANT USAGE ON SEQUENCES TO kinds_reader;

SELECT lo_create(4711);
COMMENT ON LARGE OBJECT 4711 IS 'A picture';
GRANT SELECT ON LARGE OBJECT 4711 TO kinds_reader;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_logdir() TO kinds_reader;
REVOKE EXECUTE ON FUNCTION shop.hstore_to_array(shop.hstore) FROM PUBLIC;
