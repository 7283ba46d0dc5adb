-- revision:   sch3
-- message:    how people of the first version become users of a school
-- parents:    sch2
-- created:    2025-01-11T09:30:00Z

-- [up]
-- plpgsql plans each statement when it comes to it, by what the one before has written.
CREATE FUNCTION staging.add_users(of_type text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    added bigint;
BEGIN
    INSERT INTO "User" (
        user_type, legacy_id, first_name, last_name, email_base, email_number, phone, phone_number,
        street, postal_code, city, country_code, created_at)
    WITH converted AS MATERIALIZED (
        SELECT
            p.id,
            staging.first_name(p.full_name) AS first_name,
            staging.last_name(p.full_name) AS last_name,
            staging.email_base(p.email, of_type || '-' || p.id) AS email_base,
            staging.phone_e164(p.phone, c.calling_code, c.trunk_prefix) AS phone,
            staging.street(p.address) AS street,
            staging.postal_code(p.address) AS postal_code,
            coalesce(staging.city(p.address), s.city) AS city,
            s.country_code,
            p.created_at AT TIME ZONE 'UTC' AS created_at
        FROM staging.person p
        JOIN school s ON s.id = p.school_id
        JOIN country c ON c.code = s.country_code
        WHERE p.user_type = of_type
    ),
    -- Whoever came before keeps what he has; the others get the next numbers, in the order of their ids.
    email_taken AS (SELECT email_base, max(email_number) AS number FROM "User" GROUP BY email_base),
    phone_taken AS (SELECT phone, max(phone_number) AS number FROM "User" WHERE phone IS NOT NULL GROUP BY phone)
    SELECT
        of_type, id, first_name, last_name,
        email_base, coalesce(e.number, 0) + row_number() OVER (PARTITION BY email_base ORDER BY id),
        phone,
        CASE WHEN phone IS NOT NULL THEN coalesce(t.number, 0) + row_number() OVER (PARTITION BY phone ORDER BY id) END,
        street, postal_code, city, country_code, created_at
    FROM converted
    LEFT JOIN email_taken e USING (email_base)
    LEFT JOIN phone_taken t USING (phone)
    ORDER BY id;
    GET DIAGNOSTICS added = ROW_COUNT;

    INSERT INTO "UserRole" (user_id, user_type, school_id)
    SELECT u.id, u.user_type, p.school_id
    FROM staging.person p JOIN "User" u ON u.user_type = p.user_type AND u.legacy_id = p.id
    WHERE p.user_type = of_type;

    INSERT INTO conversion_note (user_type, legacy_id, field, was, became)
    SELECT p.user_type, p.id, changed.field, changed.was, changed.became
    FROM staging.person p
    JOIN "User" u ON u.user_type = p.user_type AND u.legacy_id = p.id
    CROSS JOIN LATERAL (VALUES
        ('email', p.email, u.email, lower(trim(p.email)) IS DISTINCT FROM u.email),
        ('phone', p.phone, u.phone || '#' || u.phone_number, p.phone <> '' AND (u.phone IS NULL OR u.phone_number > 1))
    ) AS changed (field, was, became, differs)
    WHERE p.user_type = of_type AND changed.differs;

    -- What comes next joins them.
    ANALYZE "User", "UserRole";
    RETURN added;
END
$$;
COMMENT ON FUNCTION staging.add_users IS 'makes users of all people of a type that are staged; gives their number. One whose school is unknown is left out, and found by [verify]';

-- [down]
DROP FUNCTION staging.add_users;
