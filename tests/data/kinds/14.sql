-- What is new in PostgreSQL 14.
CREATE FUNCTION shop.standard(a integer) RETURNS integer LANGUAGE sql IMMUTABLE RETURN a + 1;
CREATE PROCEDURE shop.standard_block(a integer) BEGIN ATOMIC INSERT INTO shop.walker VALUES (a); END;
CREATE PROCEDURE shop.with_out(IN a integer, OUT b integer) LANGUAGE plpgsql AS $$ BEGIN b := a; END $$;
CREATE TYPE shop.day_range AS RANGE (subtype = date, multirange_type_name = shop.days);
ALTER TABLE shop.cache ALTER COLUMN value SET COMPRESSION pglz;
CREATE STATISTICS shop.expression_statistics ON (lower(name)), born FROM shop.customer;
CREATE TABLE shop.multi (days shop.days);
