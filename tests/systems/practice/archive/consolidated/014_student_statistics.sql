-- revision:   014
-- message:    statistics of each student
-- parents:    013
-- created:    2025-03-31T12:00:00Z

-- [up]
CREATE VIEW practice.student_statistics AS
SELECT student.user_id,
       student.username,
       student.grade,
       session.sessions,
       session.completed,
       session.answered,
       session.correct,
       round(100.0 * session.correct / nullif(session.answered, 0), 2) AS accuracy,
       session.last_practised_at,
       (SELECT count(*) FROM practice.student_weaknesses AS weakness
        WHERE weakness.user_id = student.user_id AND weakness.resolved_at IS NULL AND weakness.mastery < 60) AS weak_points,
       (SELECT count(*) FROM practice.student_mistakes AS mistake
        WHERE mistake.user_id = student.user_id AND NOT mistake.mastered) AS open_mistakes
FROM practice.users AS student
CROSS JOIN LATERAL (
    SELECT count(*) AS sessions,
           count(completed_at) AS completed,
           coalesce(sum(answered), 0) AS answered,
           coalesce(sum(correct), 0) AS correct,
           max(started_at) AS last_practised_at
    FROM practice.practice_sessions
    WHERE practice_sessions.user_id = student.user_id
) AS session
WHERE student.role = 'student';
COMMENT ON VIEW practice.student_statistics IS 'A row a student, whether he has practised or not';

-- [down]
DROP VIEW practice.student_statistics;
