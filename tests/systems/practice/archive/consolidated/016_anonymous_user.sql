-- revision:   016
-- message:    whoever practises without an account
-- parents:    015
-- created:    2025-04-07T09:00:00Z

-- [up]
INSERT INTO practice.users (user_id, username, display_name, role, created_at, updated_at) VALUES
    ('00000000-0000-4000-8000-000000000000', 'anonymous', 'Guest', 'anonymous', '2025-04-07 09:00+00', '2025-04-07 09:00+00');

-- [down]
-- What guests have practised goes with it: there is nobody to whom it could belong.
DELETE FROM practice.users WHERE user_id = '00000000-0000-4000-8000-000000000000';

-- [verify]
SELECT count(*) = 1 AS ok FROM practice.users WHERE role = 'anonymous';
