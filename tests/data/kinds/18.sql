-- What is new in PostgreSQL 18.
CREATE TABLE shop.virtual (a integer CONSTRAINT a_is_there NOT NULL, b integer GENERATED ALWAYS AS (a * 2) VIRTUAL);
CREATE TABLE shop.virtual_too (a integer, b integer GENERATED ALWAYS AS (a * 2) VIRTUAL);
ALTER TABLE shop.virtual ADD CONSTRAINT virtual_not_enforced CHECK (a > 0) NOT ENFORCED;
ALTER TABLE shop.one_null ADD CONSTRAINT b_later NOT NULL b NOT VALID;
CREATE TABLE shop.booking (room int4range, during daterange, PRIMARY KEY (room, during WITHOUT OVERLAPS));
CREATE TABLE shop.guest (room int4range, during daterange,
    FOREIGN KEY (room, PERIOD during) REFERENCES shop.booking (room, PERIOD during));
CREATE PUBLICATION generated_too FOR TABLE shop.customer WITH (publish_generated_columns = stored);
