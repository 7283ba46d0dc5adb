-- revision:   usr1
-- message:    one table for all people, their roles, and the rules by which their data are converted
-- parents:    ref1
-- created:    2025-01-10T08:15:00Z

-- [up]
CREATE TABLE "User" (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_type     text NOT NULL REFERENCES user_type,
    -- Where it comes from: the id in the table of the first version.
    legacy_id     bigint,
    first_name    text NOT NULL CHECK (first_name <> ''),
    last_name     text NOT NULL,
    -- The address as it is written to. Of several people who gave the same one, each but the first has a number in it.
    email_base    text NOT NULL CHECK (email_base = lower(email_base) AND email_base LIKE '_%@_%'),
    email_number  int NOT NULL CHECK (email_number > 0),
    email         text NOT NULL GENERATED ALWAYS AS (
        CASE email_number
            WHEN 1 THEN email_base
            ELSE split_part(email_base, '@', 1) || '+' || email_number || '@' || split_part(email_base, '@', 2)
        END) STORED UNIQUE,
    -- As E.164 has it. Of several people with one phone each has a number.
    phone         text CHECK (phone ~ '^\+[1-9][0-9]{7,14}$'),
    phone_number  int CHECK (phone_number > 0),
    street        text,
    postal_code   text,
    city          text,
    country_code  char(2) NOT NULL REFERENCES country,
    password_hash text,
    created_at    timestamptz NOT NULL,
    UNIQUE (user_type, legacy_id),
    UNIQUE (email_base, email_number),
    UNIQUE (phone, phone_number),
    CHECK ((phone IS NULL) = (phone_number IS NULL))
);

CREATE TABLE "UserRole" (
    user_id   bigint NOT NULL REFERENCES "User" ON DELETE CASCADE,
    user_type text NOT NULL REFERENCES user_type,
    school_id int NOT NULL,
    PRIMARY KEY (user_id, user_type, school_id)
);

-- What could not be taken over as it was: nothing is left out in silence.
CREATE TABLE conversion_note (
    user_type text NOT NULL REFERENCES user_type,
    legacy_id bigint NOT NULL,
    field     text NOT NULL,
    was       text,
    became    text,
    PRIMARY KEY (user_type, legacy_id, field)
);

CREATE FUNCTION squeeze(raw text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN nullif(trim(regexp_replace(raw, '\s+', ' ', 'g')), '');
COMMENT ON FUNCTION squeeze IS 'one space between words and none around them; null for nothing';

CREATE FUNCTION phone_e164(raw text, calling_code text, trunk_prefix text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT CASE WHEN number ~ '^\+[1-9][0-9]{7,14}$' THEN number END
    FROM (SELECT regexp_replace(raw, '[^0-9+]', '', 'g') AS dialled) AS d,
    LATERAL (SELECT CASE
        WHEN dialled LIKE '+%' THEN dialled
        WHEN dialled LIKE '00%' THEN '+' || substr(dialled, 3)
        WHEN trunk_prefix <> '' AND dialled LIKE trunk_prefix || '%'
            THEN '+' || calling_code || substr(dialled, length(trunk_prefix) + 1)
        WHEN dialled <> '' THEN '+' || calling_code || dialled
    END AS number) AS n
);
COMMENT ON FUNCTION phone_e164 IS 'a phone in one format, with the code of its country; null for what is none';

CREATE FUNCTION email_base(raw text, instead text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN trim(raw) LIKE '_%@_%' THEN lower(regexp_replace(trim(raw), '\+[0-9]+@', '@'))
    ELSE lower(instead) || '@no-mail.invalid'
END;
COMMENT ON FUNCTION email_base IS 'an address without the number that somebody has given it, or one made up where there is none';

-- [down]
DROP FUNCTION email_base, phone_e164, squeeze;
DROP TABLE conversion_note, "UserRole", "User";
