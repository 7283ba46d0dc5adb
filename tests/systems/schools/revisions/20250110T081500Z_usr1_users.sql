-- revision:   usr1
-- message:    one table for all people
-- parents:    ref1
-- created:    2025-01-10T08:15:00Z

-- [up]
CREATE TABLE "User" (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_type     text NOT NULL REFERENCES user_type,
    -- Where somebody comes from: the id in the table of the first version. Null for who came later.
    legacy_id     bigint,
    first_name    text NOT NULL CHECK (first_name <> ''),
    last_name     text NOT NULL,
    -- An address without a number, and the number that tells apart those who gave the same one: the first has none to be
    -- seen. An address never has one itself, so two can't become the same.
    email_base    text NOT NULL CHECK (email_base ~ '^[^@\s]+@[^@\s]+$' AND email_base = lower(email_base)
                                       AND email_base !~ '\+[0-9]+@'),
    email_number  int NOT NULL CHECK (email_number > 0),
    email         text NOT NULL GENERATED ALWAYS AS (
        CASE email_number WHEN 1 THEN email_base ELSE replace(email_base, '@', '+' || email_number || '@') END
    ) STORED UNIQUE,
    -- As E.164 has it. A phone that several people share has to stay dialable, so the number stands beside it.
    phone         text CHECK (phone ~ '^\+[1-9][0-9]{7,14}$'),
    phone_number  int CHECK (phone_number > 0),
    street        text,
    postal_code   text,
    city          text,
    country_code  char(2) NOT NULL REFERENCES country,
    password_hash text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (user_type, legacy_id),
    UNIQUE (email_base, email_number),
    UNIQUE (phone, phone_number),
    CHECK ((phone IS NULL) = (phone_number IS NULL))
);

-- What could not be taken over as it was: nothing is changed or left out in silence.
CREATE TABLE conversion_note (
    user_type text NOT NULL REFERENCES user_type,
    legacy_id bigint NOT NULL,
    field     text NOT NULL,
    was       text,
    became    text,
    PRIMARY KEY (user_type, legacy_id, field)
);

-- [down]
DROP TABLE conversion_note, "User";
