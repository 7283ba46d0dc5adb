-- revision:   stg1
-- message:    where rows of the first version wait, and the rules by which they are converted
-- parents:    usr1
-- created:    2025-01-10T08:30:00Z

-- [up]
CREATE SCHEMA staging;

CREATE TABLE staging.source_count (
    entity text PRIMARY KEY,
    rows   bigint NOT NULL
);
COMMENT ON TABLE staging.source_count IS 'how many rows the first version has, as it counted them itself';

-- People as the first version has them, each kind in a partition of its own that comes with its load.
CREATE TABLE staging.person (
    user_type  text NOT NULL,
    id         int NOT NULL,
    full_name  text NOT NULL,
    email      text,
    phone      text,
    address    text,
    school_id  int,
    created_at timestamp NOT NULL,
    -- Of teachers.
    subject    text,
    -- Of students.
    birth_date date,
    grade      text,
    parent_id  int,
    PRIMARY KEY (user_type, id)
) PARTITION BY LIST (user_type);

-- None of these is STRICT: the planner puts their expressions in the place of their calls, and they give null for null.
CREATE FUNCTION staging.squeeze(raw text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN nullif(trim(regexp_replace(raw, '\s+', ' ', 'g')), '');
COMMENT ON FUNCTION staging.squeeze IS 'one space between words and none around them; null for nothing';

CREATE FUNCTION staging.first_name(full_name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN split_part(staging.squeeze(full_name), ' ', 1);

CREATE FUNCTION staging.last_name(full_name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN substr(staging.squeeze(full_name), strpos(staging.squeeze(full_name) || ' ', ' ') + 1);
COMMENT ON FUNCTION staging.last_name IS 'all but the first name; empty where there is only one';

CREATE FUNCTION staging.email_base(raw text, instead text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN trim(raw) ~ '^[^@\s]+@[^@\s]+$' THEN regexp_replace(lower(trim(raw)), '\+[0-9]+@', '@')
    ELSE instead || '@no-mail.invalid'
END;
COMMENT ON FUNCTION staging.email_base IS 'an address without a number in it; one that is made up and reaches nobody where there is none';

CREATE FUNCTION staging.phone_e164(raw text, calling_code text, trunk_prefix text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT CASE WHEN number ~ '^\+[1-9][0-9]{7,14}$' THEN number END
    -- +33 (0)6 …: the trunk prefix that some write and nobody dials from abroad.
    FROM (SELECT regexp_replace(replace(raw, '(0)', ''), '[^0-9+]', '', 'g') AS dialled) AS d,
    LATERAL (SELECT CASE
        WHEN dialled LIKE '+%' THEN dialled
        WHEN dialled LIKE '00%' THEN '+' || substr(dialled, 3)
        WHEN trunk_prefix <> '' AND dialled LIKE trunk_prefix || '%'
            THEN '+' || calling_code || substr(dialled, length(trunk_prefix) + 1)
        WHEN dialled <> '' THEN '+' || calling_code || dialled
    END AS number) AS n
);
COMMENT ON FUNCTION staging.phone_e164 IS 'a phone in one format, with the code of its country; null for what is none';

-- Addresses are as in '12 Rue Carnot, 11000 Dakar', or a town alone.
CREATE FUNCTION staging.street(address text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN staging.squeeze(substring(address FROM '^(.*),'));

CREATE FUNCTION staging.postal_code(address text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN substring(address FROM '(?:^|,)\s*([0-9]{4,5})\s[^,]*$');

CREATE FUNCTION staging.city(address text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN staging.squeeze(regexp_replace(address, '^(.*,)?\s*([0-9]{4,5}\s)?', ''));

-- [down]
DROP FUNCTION staging.city, staging.postal_code, staging.street, staging.phone_e164, staging.email_base,
    staging.last_name, staging.first_name, staging.squeeze;
DROP TABLE staging.person, staging.source_count;
DROP SCHEMA staging;
