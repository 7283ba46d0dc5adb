-- What they have written and been told, and what they thought of it. Triggers are off as in a restore: at revision c05.
BEGIN;
SET LOCAL session_replication_role = replica;

INSERT INTO messages (session_id, session_status, author_id, type, content, created_at) VALUES
    ('b0000000-0000-4000-8000-000000000001', 'active', 'a0000000-0000-4000-8000-000000000001', 'text', 'Why does the borrow checker refuse this loop?', '2025-05-02 10:58+00'),
    ('b0000000-0000-4000-8000-000000000001', 'active', NULL, 'text', 'The loop borrows the vector, and then pushes to it.', '2025-05-02 10:59+00'),
    ('b0000000-0000-4000-8000-000000000001', 'active', NULL, 'code', 'for item in items.iter() { seen.push(item) }', '2025-05-02 11:00+00'),
    ('b0000000-0000-4000-8000-000000000002', 'archived', 'a0000000-0000-4000-8000-000000000001', 'text', 'Une boucle qui capture une variable ?', '2025-03-01 11:00+00'),
    ('b0000000-0000-4000-8000-000000000003', 'active', 'a0000000-0000-4000-8000-000000000002', 'text', 'Wann hilft ein Index einer loop im Plan?', '2025-05-03 10:29+00'),
    ('b0000000-0000-4000-8000-000000000003', 'active', NULL, 'text', 'Wenn der nested loop die innere Tabelle oft fragt.', '2025-05-03 10:30+00'),
    ('b0000000-0000-4000-8000-000000000004', 'deleted', 'a0000000-0000-4000-8000-000000000002', 'text', 'loop loop loop', '2025-02-20 10:01+00'),
    ('b0000000-0000-4000-8000-000000000005', 'active', 'a0000000-0000-4000-8000-000000000003', 'text', '怎么写 loop 呢', '2025-02-14 10:00+00');

INSERT INTO message_feedback (message_id, user_id, helpfulness, clarity, accuracy, remark, created_at) VALUES
    (2, 'a0000000-0000-4000-8000-000000000001', 90, 100, 80, 'now I see it', '2025-05-02 11:01+00'),
    (3, 'a0000000-0000-4000-8000-000000000001', 40, NULL, 0, 'does not compile', '2025-05-02 11:02+00'),
    (6, 'a0000000-0000-4000-8000-000000000002', 75, 50, NULL, '', '2025-05-03 10:31+00');
COMMIT;
