-- What is new in PostgreSQL 15.
CREATE TABLE shop.one_null (a integer UNIQUE NULLS NOT DISTINCT, b integer);
CREATE UNIQUE INDEX one_null_b ON shop.one_null (b) NULLS NOT DISTINCT;
CREATE VIEW shop.invoker WITH (security_invoker = true) AS SELECT a FROM shop.one_null;
CREATE UNLOGGED SEQUENCE shop.unlogged_numbers;
ALTER TABLE shop.one_null ADD FOREIGN KEY (a) REFERENCES shop.one_null (a) ON DELETE SET NULL (a);
CREATE PUBLICATION some_rows FOR TABLE shop.walker (speed) WHERE (speed > 0);
CREATE PUBLICATION some_schemas FOR TABLES IN SCHEMA "Odd ""Name", shop;
