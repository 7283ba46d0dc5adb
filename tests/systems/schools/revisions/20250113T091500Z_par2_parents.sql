-- revision:   par2
-- message:    parents become users
-- parents:    par1
-- created:    2025-01-13T09:15:00Z

-- [up]
INSERT INTO "User" (
    user_type, legacy_id, first_name, last_name, email_base, email_number, phone, phone_number, street, postal_code, city,
    country_code, created_at)
WITH converted AS (
    SELECT
        p.id,
        split_part(squeeze(p.full_name), ' ', 1) AS first_name,
        substr(squeeze(p.full_name), strpos(squeeze(p.full_name) || ' ', ' ') + 1) AS last_name,
        email_base(p.email, 'parent-' || p.id) AS email_base,
        phone_e164(p.phone, c.calling_code, c.trunk_prefix) AS phone,
        -- 12 Rue Carnot, 11000 Dakar
        CASE WHEN p.address LIKE '%,%' THEN squeeze(split_part(p.address, ',', 1)) END AS street,
        substring(p.address FROM ',\s*([0-9]{4,5})\s') AS postal_code,
        coalesce(squeeze(regexp_replace(p.address, '^(.*,)?\s*([0-9]{4,5}\s)?', '')), s.city) AS city,
        s.country_code,
        p.created_at AT TIME ZONE 'UTC' AS created_at
    FROM staging.parent p
    JOIN school s ON s.id = p.school_id
    JOIN country c ON c.code = s.country_code
),
-- Whoever came before keeps what he has; the others get the next numbers, in the order of their ids.
email_taken AS (SELECT email_base, max(email_number) AS number FROM "User" GROUP BY email_base),
phone_taken AS (SELECT phone, max(phone_number) AS number FROM "User" WHERE phone IS NOT NULL GROUP BY phone)
SELECT
    'parent', id, first_name, last_name,
    email_base, coalesce(e.number, 0) + row_number() OVER (PARTITION BY email_base ORDER BY id),
    phone,
    CASE WHEN phone IS NOT NULL THEN coalesce(t.number, 0) + row_number() OVER (PARTITION BY phone ORDER BY id) END,
    street, postal_code, city, country_code, created_at
FROM converted
LEFT JOIN email_taken e USING (email_base)
LEFT JOIN phone_taken t USING (phone)
ORDER BY id;

INSERT INTO "UserRole" (user_id, user_type, school_id)
SELECT u.id, u.user_type, p.school_id
FROM staging.parent p JOIN "User" u ON u.user_type = 'parent' AND u.legacy_id = p.id;

INSERT INTO conversion_note (user_type, legacy_id, field, was, became)
SELECT 'parent', p.id, changed.field, changed.was, changed.became
FROM staging.parent p
JOIN "User" u ON u.user_type = 'parent' AND u.legacy_id = p.id
CROSS JOIN LATERAL (VALUES
    ('email', p.email, u.email, lower(trim(p.email)) IS DISTINCT FROM u.email),
    ('phone', p.phone, u.phone || '#' || u.phone_number, p.phone <> '' AND (u.phone IS NULL OR u.phone_number > 1))
) AS changed (field, was, became, differs)
WHERE changed.differs;

-- [verify]
-- Nobody is missing, and nobody is of no school.
SELECT p.id FROM staging.parent p WHERE NOT EXISTS (SELECT FROM "User" u WHERE u.user_type = 'parent' AND u.legacy_id = p.id);
SELECT u.id FROM "User" u
WHERE u.user_type = 'parent' AND NOT EXISTS (SELECT FROM "UserRole" r WHERE r.user_id = u.id);

-- [down]
DELETE FROM conversion_note WHERE user_type = 'parent';
DELETE FROM "User" WHERE user_type = 'parent';
