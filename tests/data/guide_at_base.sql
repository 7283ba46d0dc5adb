-- Sample data for a database at revision 4b7e1d90c2a6 (guide_schema): 3 guides, 5 sections, 12 steps, 6 sessions.
-- Ids and times are fixed, so that two loads are equal row by row.

INSERT INTO user_sessions (user_session_id, user_id, client, started_at, last_seen_at, expires_at) VALUES
    ('50000000-0000-4000-8000-000000000001', 'auth0|ines', '{"os": "macOS 15", "app": "1.4.0"}',
     '2026-01-06 08:00:00+00', '2026-01-06 09:10:00+00', '2026-01-13 08:00:00+00'),
    ('50000000-0000-4000-8000-000000000002', 'auth0|tomasz', '{"os": "Windows 11", "app": "1.4.0"}',
     '2026-01-07 18:30:00+00', '2026-01-07 20:00:00+00', '2026-01-14 18:30:00+00'),
    ('50000000-0000-4000-8000-000000000003', 'auth0|ye-jin', '{"os": "Ubuntu 24.04"}',
     '2026-01-09 22:45:00+00', '2026-01-10 00:40:00+00', '2026-01-16 22:45:00+00');

INSERT INTO step_guides (guide_id, title, description, total_steps, total_sections, estimated_duration_minutes,
                         difficulty_level, category, guide_data, created_at, updated_at) VALUES
    ('10000000-0000-4000-8000-000000000001', 'Set up a Python development environment',
     'Install Python, create a virtual environment and run a first test.', 5, 2, 40, 'beginner', 'development',
     '{"version": 1, "language": "en", "platforms": ["macos", "windows", "linux"]}',
     '2026-01-05 12:00:00+00', '2026-01-05 12:00:00+00'),
    ('10000000-0000-4000-8000-000000000002', 'Secure a home Wi-Fi router',
     'Change the administrator''s password, update the firmware and switch to WPA3.', 4, 2, 25, 'intermediate',
     'networking', '{"version": 1, "language": "en", "warnings": ["the connection drops for a minute"]}',
     '2026-01-06 07:30:00+00', '2026-01-06 07:30:00+00'),
    -- A category that nobody planned, and text outside of ASCII.
    ('10000000-0000-4000-8000-000000000003', 'Back up photos from a phone – naïve but safe',
     '', 3, 1, 15, 'beginner', 'phones & tablets', '{"version": 2, "language": "en"}',
     '2026-01-08 16:20:00+00', '2026-01-09 10:00:00+00');

INSERT INTO sections (section_id, guide_id, title, description, section_order) VALUES
    ('20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000001', 'Install', 'What the machine needs.', 0),
    ('20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000001', 'First project', '', 1),
    ('20000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000002', 'Get in', '', 0),
    ('20000000-0000-4000-8000-000000000004', '10000000-0000-4000-8000-000000000002', 'Harden', '', 1),
    ('20000000-0000-4000-8000-000000000005', '10000000-0000-4000-8000-000000000003', 'Copy and check', '', 0);

INSERT INTO steps (step_id, section_id, guide_id, step_index, title, instructions, completion_criteria,
                   assistance_hints, dependencies, estimated_duration_minutes, requires_desktop_monitoring,
                   visual_markers) VALUES
    ('30000000-0000-4000-8000-000000000010', '20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000001',
     0, 'Download the installer', 'Open python.org and download the newest stable release.',
     'The installer is in the downloads folder.', '["Take the 64-bit build."]', '[]', 5, true, '["Download button"]'),
    ('30000000-0000-4000-8000-000000000011', '20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000001',
     1, 'Run the installer', 'Tick "Add to PATH" and install.', '`python --version` answers.',
     '["Open a new terminal first.", "On Windows, try `py --version`."]', '[0]', 10, true, '["Add to PATH", "Setup was successful"]'),
    ('30000000-0000-4000-8000-000000000012', '20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000001',
     2, 'Create a virtual environment', 'Run `python -m venv .venv` in the project folder.', 'The folder .venv exists.',
     '[]', '[1]', 5, false, '[]'),
    ('30000000-0000-4000-8000-000000000013', '20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000001',
     3, 'Install pytest', 'Run `pip install pytest`.', '`pytest --version` answers.',
     '["Activate the environment first."]', '[2]', 10, false, '["Successfully installed"]'),
    ('30000000-0000-4000-8000-000000000014', '20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000001',
     4, 'Write and run a test', 'Write test_first.py and run pytest.', 'pytest reports 1 passed.',
     '[]', '[2, 3]', 10, false, '["1 passed"]'),
    ('30000000-0000-4000-8000-000000000020', '20000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000002',
     0, 'Open the router''s page', 'Open the address on the label in a browser.', 'The login page is shown.',
     '["Often 192.168.0.1 or 192.168.1.1."]', '[]', 5, true, '["Login"]'),
    ('30000000-0000-4000-8000-000000000021', '20000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000002',
     1, 'Change the password', 'Replace the administrator''s password by a long one.', 'Logging in with the old password fails.',
     '[]', '[0]', 5, true, '[]'),
    ('30000000-0000-4000-8000-000000000022', '20000000-0000-4000-8000-000000000004', '10000000-0000-4000-8000-000000000002',
     2, 'Update the firmware', 'Look for updates and install them.', 'The page shows the newest version.',
     '["Do not cut the power."]', '[0]', 10, true, '["Up to date"]'),
    ('30000000-0000-4000-8000-000000000023', '20000000-0000-4000-8000-000000000004', '10000000-0000-4000-8000-000000000002',
     3, 'Switch to WPA3', 'Choose WPA3, or WPA2/WPA3 where older devices need it.', 'All devices are connected again.',
     '[]', '[1, 2]', 5, false, '["WPA3"]'),
    ('30000000-0000-4000-8000-000000000030', '20000000-0000-4000-8000-000000000005', '10000000-0000-4000-8000-000000000003',
     0, 'Connect the phone', 'Use a cable, and unlock the phone.', 'The phone appears as a drive.', '[]', '[]', 3, true, '[]'),
    ('30000000-0000-4000-8000-000000000031', '20000000-0000-4000-8000-000000000005', '10000000-0000-4000-8000-000000000003',
     1, 'Copy the photos', 'Copy the folder DCIM to the disk.', 'Both folders hold the same number of files.', '[]', '[0]', 10, false, '[]'),
    ('30000000-0000-4000-8000-000000000032', '20000000-0000-4000-8000-000000000005', '10000000-0000-4000-8000-000000000003',
     2, 'Look at some of them', 'Open three photos of different years.', 'All three open.', '[]', '[1]', 2, false, '[]');

-- Two on the way, one paused, two completed (on either side of a midnight in UTC), one abandoned past the last step.
INSERT INTO guide_sessions (session_id, guide_id, user_id, user_session_id, status, current_step_index,
                            completion_percentage, session_data, started_at, updated_at, completed_at) VALUES
    ('40000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000001', 'auth0|ines',
     '50000000-0000-4000-8000-000000000001', 'active', 3, 60.00, '{"shell": "zsh"}',
     '2026-01-06 08:05:00+00', '2026-01-06 09:10:00+00', NULL),
    ('40000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000001', 'auth0|tomasz',
     '50000000-0000-4000-8000-000000000002', 'completed', 4, 100.00, '{}',
     '2026-01-07 18:40:00+00', '2026-01-07 19:20:00+00', '2026-01-07 19:20:00+00'),
    ('40000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000002', 'auth0|tomasz',
     '50000000-0000-4000-8000-000000000002', 'paused', 2, 50.00, '{"router": "FB-7590"}',
     '2026-01-07 19:30:00+00', '2026-01-07 20:00:00+00', NULL),
    ('40000000-0000-4000-8000-000000000004', '10000000-0000-4000-8000-000000000002', 'auth0|ye-jin',
     '50000000-0000-4000-8000-000000000003', 'completed', 3, 100.00, '{}',
     '2026-01-09 23:50:00+00', '2026-01-10 00:15:30+00', '2026-01-10 00:15:30+00'),
    ('40000000-0000-4000-8000-000000000005', '10000000-0000-4000-8000-000000000003', 'auth0|ye-jin',
     '50000000-0000-4000-8000-000000000003', 'abandoned', 7, 33.33, '{"reason": "guide was generated anew"}',
     '2026-01-08 17:00:00+00', '2026-01-08 17:20:00+00', NULL),
    ('40000000-0000-4000-8000-000000000006', '10000000-0000-4000-8000-000000000003', 'auth0|ines',
     NULL, 'active', 0, 0.00, '{}', '2026-01-10 10:00:00+00', '2026-01-10 10:00:00+00', NULL);

INSERT INTO completion_events (session_id, event_type, step_index, completion_method, duration_seconds, details, occurred_at) VALUES
    ('40000000-0000-4000-8000-000000000001', 'session_started', NULL, NULL, NULL, '{}', '2026-01-06 08:05:00+00'),
    ('40000000-0000-4000-8000-000000000001', 'step_completed', 0, 'vision', 310, '{"confidence": 0.97}', '2026-01-06 08:10:10+00'),
    ('40000000-0000-4000-8000-000000000001', 'step_completed', 1, 'vision', 720, '{"confidence": 0.91}', '2026-01-06 08:22:10+00'),
    ('40000000-0000-4000-8000-000000000001', 'step_completed', 2, 'manual', 95, '{}', '2026-01-06 08:23:45+00'),
    ('40000000-0000-4000-8000-000000000001', 'step_started', 3, NULL, NULL, '{}', '2026-01-06 08:23:45+00'),
    ('40000000-0000-4000-8000-000000000001', 'help_requested', 3, NULL, NULL, '{"question": "pip: command not found"}', '2026-01-06 09:09:00+00'),
    ('40000000-0000-4000-8000-000000000002', 'session_started', NULL, NULL, NULL, '{}', '2026-01-07 18:40:00+00'),
    ('40000000-0000-4000-8000-000000000002', 'step_completed', 0, 'manual', 200, '{}', '2026-01-07 18:43:20+00'),
    ('40000000-0000-4000-8000-000000000002', 'step_completed', 1, 'vision', 540, '{"confidence": 0.88}', '2026-01-07 18:52:20+00'),
    ('40000000-0000-4000-8000-000000000002', 'step_completed', 2, 'manual', 130, '{}', '2026-01-07 18:54:30+00'),
    ('40000000-0000-4000-8000-000000000002', 'step_completed', 3, 'assisted', 600, '{}', '2026-01-07 19:04:30+00'),
    -- Nobody measured this one.
    ('40000000-0000-4000-8000-000000000002', 'step_completed', 4, 'manual', NULL, '{}', '2026-01-07 19:20:00+00'),
    ('40000000-0000-4000-8000-000000000002', 'session_completed', NULL, NULL, 2400, '{}', '2026-01-07 19:20:00+00'),
    ('40000000-0000-4000-8000-000000000003', 'session_started', NULL, NULL, NULL, '{}', '2026-01-07 19:30:00+00'),
    ('40000000-0000-4000-8000-000000000003', 'step_completed', 0, 'vision', 240, '{}', '2026-01-07 19:34:00+00'),
    ('40000000-0000-4000-8000-000000000003', 'step_completed', 1, 'manual', 420, '{}', '2026-01-07 19:41:00+00'),
    ('40000000-0000-4000-8000-000000000004', 'session_started', NULL, NULL, NULL, '{}', '2026-01-09 23:50:00+00'),
    ('40000000-0000-4000-8000-000000000004', 'step_completed', 0, 'manual', 60, '{}', '2026-01-09 23:51:00+00'),
    ('40000000-0000-4000-8000-000000000004', 'step_completed', 1, 'manual', 150, '{}', '2026-01-09 23:53:30+00'),
    ('40000000-0000-4000-8000-000000000004', 'step_completed', 2, 'vision', 900, '{}', '2026-01-10 00:08:30+00'),
    ('40000000-0000-4000-8000-000000000004', 'step_completed', 3, 'manual', 420, '{}', '2026-01-10 00:15:30+00'),
    ('40000000-0000-4000-8000-000000000004', 'session_completed', NULL, NULL, 1530, '{}', '2026-01-10 00:15:30+00'),
    ('40000000-0000-4000-8000-000000000005', 'session_started', NULL, NULL, NULL, '{}', '2026-01-08 17:00:00+00'),
    ('40000000-0000-4000-8000-000000000005', 'step_completed', 0, 'manual', 0, '{}', '2026-01-08 17:00:00+00'),
    ('40000000-0000-4000-8000-000000000005', 'session_abandoned', NULL, NULL, NULL, '{}', '2026-01-08 17:20:00+00'),
    ('40000000-0000-4000-8000-000000000006', 'session_started', NULL, NULL, NULL, '{}', '2026-01-10 10:00:00+00');

INSERT INTO progress_trackers (tracker_id, user_id, guide_id, last_completed_step_index, steps_completed,
                               time_spent_seconds, last_activity_at) VALUES
    ('60000000-0000-4000-8000-000000000001', 'auth0|ines', '10000000-0000-4000-8000-000000000001', 2, 3, 1125, '2026-01-06 09:10:00+00'),
    ('60000000-0000-4000-8000-000000000002', 'auth0|tomasz', '10000000-0000-4000-8000-000000000001', 4, 5, 2400, '2026-01-07 19:20:00+00'),
    ('60000000-0000-4000-8000-000000000003', 'auth0|tomasz', '10000000-0000-4000-8000-000000000002', 1, 2, 660, '2026-01-07 20:00:00+00'),
    ('60000000-0000-4000-8000-000000000004', 'auth0|ye-jin', '10000000-0000-4000-8000-000000000002', 3, 4, 1530, '2026-01-10 00:15:30+00'),
    ('60000000-0000-4000-8000-000000000005', 'auth0|ines', '10000000-0000-4000-8000-000000000003', NULL, 0, 0, '2026-01-10 10:00:00+00');

INSERT INTO llm_generation_requests (request_id, user_id, guide_id, user_query, provider, model, status, prompt_tokens,
                                     completion_tokens, cost_usd, error_message, requested_at, finished_at) VALUES
    ('70000000-0000-4000-8000-000000000001', 'auth0|ines', '10000000-0000-4000-8000-000000000001',
     'python on my new laptop, from zero', 'openai', 'gpt-4.1', 'succeeded', 812, 2304, 0.020056, NULL,
     '2026-01-05 11:59:31+00', '2026-01-05 12:00:00+00'),
    ('70000000-0000-4000-8000-000000000002', 'auth0|tomasz', '10000000-0000-4000-8000-000000000002',
     'is my wifi safe?', 'anthropic', 'claude-sonnet-4', 'succeeded', 640, 1710, 0.027570, NULL,
     '2026-01-06 07:29:40+00', '2026-01-06 07:30:00+00'),
    ('70000000-0000-4000-8000-000000000003', 'auth0|ye-jin', NULL,
     'back up photos', 'openai', 'gpt-4.1', 'failed', 598, NULL, NULL, 'answer is not JSON',
     '2026-01-08 16:18:00+00', '2026-01-08 16:18:50+00'),
    ('70000000-0000-4000-8000-000000000004', 'auth0|ye-jin', '10000000-0000-4000-8000-000000000003',
     'back up photos', 'openai', 'gpt-4.1', 'succeeded', 598, 1190, 0.010716, NULL,
     '2026-01-08 16:19:30+00', '2026-01-08 16:20:00+00'),
    ('70000000-0000-4000-8000-000000000005', 'auth0|ines', NULL,
     'reset a forgotten iPad', 'anthropic', 'claude-sonnet-4', 'running', NULL, NULL, NULL, NULL,
     '2026-01-10 10:02:00+00', NULL);
