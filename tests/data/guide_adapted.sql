-- What the app writes in a database at revision c05a8f3de671 (step_adaptation) that holds sample.sql: step 3 of the
-- first guide is blocked, 3a and 3b stand in for it, and the session that was at 3 goes on at 3b.

UPDATE steps
SET step_status = 'blocked', blocked_reason = 'the company proxy refuses pypi.org'
WHERE step_id = '30000000-0000-4000-8000-000000000013';

INSERT INTO steps (step_id, section_id, guide_id, step_index, step_identifier, step_status, replaces_step_index, title,
                   instructions, completion_criteria, dependencies, estimated_duration_minutes) VALUES
    ('30000000-0000-4000-8000-00000000003a', '20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000001',
     3, '3a', 'completed', 3, 'Download the wheel on another network', 'Run `pip download pytest` at home.',
     'The .whl files are on a stick.', '["2"]', 10),
    ('30000000-0000-4000-8000-00000000003b', '20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000001',
     3, '3b', 'alternative', 3, 'Install from the stick', 'Run `pip install --no-index --find-links . pytest`.',
     '`pytest --version` answers.', '["2", "3a"]', 5);

UPDATE steps SET dependencies = '["2", "3b", "3a"]' WHERE step_id = '30000000-0000-4000-8000-000000000014';

UPDATE step_guides
SET adaptation_history = '[{"blocked": "3", "alternatives": ["3a", "3b"], "at": "2026-01-15T07:12:00Z"}]',
    last_adapted_at = '2026-01-15 07:12:00+00'
WHERE guide_id = '10000000-0000-4000-8000-000000000001';

INSERT INTO completion_events (session_id, event_type, step_identifier, completion_method, duration_seconds, occurred_at) VALUES
    ('40000000-0000-4000-8000-000000000001', 'step_completed', '3a', 'manual', 800, '2026-01-15 07:30:00+00');

UPDATE guide_sessions SET current_step_identifier = '3b'
WHERE session_id = '40000000-0000-4000-8000-000000000001';

UPDATE progress_trackers SET last_completed_step_identifier = '3a', steps_completed = 4
WHERE tracker_id = '60000000-0000-4000-8000-000000000001';
