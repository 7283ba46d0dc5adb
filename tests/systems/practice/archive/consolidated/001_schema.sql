-- revision:   001
-- message:    the schema, and the clock of its rows
-- created:    2025-03-03T09:00:00Z

-- [up]
CREATE SCHEMA practice;
COMMENT ON SCHEMA practice IS 'What is asked, who answered what, and what to ask next';

CREATE FUNCTION practice.set_updated_at() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

-- [down]
DROP FUNCTION practice.set_updated_at();
DROP SCHEMA practice;
