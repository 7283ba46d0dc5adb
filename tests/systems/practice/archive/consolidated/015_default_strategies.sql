-- revision:   015
-- message:    the strategies that everybody has
-- parents:    014
-- created:    2025-04-07T08:00:00Z

-- [up]
INSERT INTO practice.practice_strategies (strategy_id, name, title, algorithm, parameters, created_at, updated_at) VALUES
    ('51000000-0000-4000-8000-000000000001', 'in_order', 'One after the other', 'sequential', '{}',
     '2025-04-07 08:00+00', '2025-04-07 08:00+00'),
    ('51000000-0000-4000-8000-000000000002', 'mixed', 'Mixed', 'random', '{"count": 10}',
     '2025-04-07 08:00+00', '2025-04-07 08:00+00'),
    ('51000000-0000-4000-8000-000000000003', 'weak_points', 'Weak points first', 'weakest_first',
     '{"count": 10, "below_mastery": 60}', '2025-04-07 08:00+00', '2025-04-07 08:00+00'),
    ('51000000-0000-4000-8000-000000000004', 'repetition', 'Again, at the right time', 'spaced',
     '{"days": [1, 3, 7, 14, 30]}', '2025-04-07 08:00+00', '2025-04-07 08:00+00'),
    ('51000000-0000-4000-8000-000000000005', 'mock_exam', 'As in the exam', 'exam', '{"minutes": 45}',
     '2025-04-07 08:00+00', '2025-04-07 08:00+00');

-- [down]
-- Sessions that ran by one of them stay, and no longer say by which.
DELETE FROM practice.practice_strategies
WHERE strategy_id BETWEEN '51000000-0000-4000-8000-000000000001' AND '51000000-0000-4000-8000-000000000005';
