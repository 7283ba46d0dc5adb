-- revision:   017
-- message:    how long answers take
-- parents:    016
-- created:    2025-04-14T15:20:00Z

-- [up]
ALTER TABLE practice.practice_answers
    ADD COLUMN time_spent_seconds integer CONSTRAINT practice_answers_time_spent_check CHECK (time_spent_seconds >= 0);
ALTER TABLE practice.practice_sessions
    ADD COLUMN time_spent_seconds bigint NOT NULL DEFAULT 0
        CONSTRAINT practice_sessions_time_spent_check CHECK (time_spent_seconds >= 0);

CREATE OR REPLACE FUNCTION practice.record_answer() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    student  uuid;
    point    uuid;
BEGIN
    UPDATE practice.practice_sessions
    SET answered = answered + 1,
        correct = correct + NEW.is_correct::integer,
        time_spent_seconds = time_spent_seconds + coalesce(NEW.time_spent_seconds, 0)
    WHERE session_id = NEW.session_id
    RETURNING user_id INTO student;

    SELECT knowledge_point_id INTO point FROM practice.quizzes WHERE quiz_id = NEW.quiz_id;

    INSERT INTO practice.student_weaknesses AS known (user_id, knowledge_point_id, answered, wrong, last_wrong_at)
    VALUES (student, point, 1, (NOT NEW.is_correct)::integer, CASE WHEN NOT NEW.is_correct THEN NEW.answered_at END)
    ON CONFLICT (user_id, knowledge_point_id) DO UPDATE
    SET answered = known.answered + 1,
        wrong = known.wrong + excluded.wrong,
        last_wrong_at = greatest(known.last_wrong_at, excluded.last_wrong_at);

    IF NOT NEW.is_correct THEN
        INSERT INTO practice.student_mistakes AS known (user_id, quiz_id, last_answer_id, last_wrong_at)
        VALUES (student, NEW.quiz_id, NEW.answer_id, NEW.answered_at)
        ON CONFLICT (user_id, quiz_id) DO UPDATE
        SET times_wrong = known.times_wrong + 1,
            last_answer_id = excluded.last_answer_id,
            last_wrong_at = excluded.last_wrong_at,
            mastered = false;
    END IF;
    RETURN NULL;
END
$$;

-- A column more at the end, which is what OR REPLACE can do.
CREATE OR REPLACE VIEW practice.student_statistics AS
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
        WHERE mistake.user_id = student.user_id AND NOT mistake.mastered) AS open_mistakes,
       session.time_spent_seconds
FROM practice.users AS student
CROSS JOIN LATERAL (
    SELECT count(*) AS sessions,
           count(completed_at) AS completed,
           coalesce(sum(answered), 0) AS answered,
           coalesce(sum(correct), 0) AS correct,
           max(started_at) AS last_practised_at,
           coalesce(sum(time_spent_seconds), 0) AS time_spent_seconds
    FROM practice.practice_sessions
    WHERE practice_sessions.user_id = student.user_id
) AS session
WHERE student.role = 'student';

-- [down]
DROP VIEW practice.student_statistics;
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

CREATE OR REPLACE FUNCTION practice.record_answer() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    student  uuid;
    point    uuid;
BEGIN
    UPDATE practice.practice_sessions
    SET answered = answered + 1,
        correct = correct + NEW.is_correct::integer
    WHERE session_id = NEW.session_id
    RETURNING user_id INTO student;

    SELECT knowledge_point_id INTO point FROM practice.quizzes WHERE quiz_id = NEW.quiz_id;

    INSERT INTO practice.student_weaknesses AS known (user_id, knowledge_point_id, answered, wrong, last_wrong_at)
    VALUES (student, point, 1, (NOT NEW.is_correct)::integer, CASE WHEN NOT NEW.is_correct THEN NEW.answered_at END)
    ON CONFLICT (user_id, knowledge_point_id) DO UPDATE
    SET answered = known.answered + 1,
        wrong = known.wrong + excluded.wrong,
        last_wrong_at = greatest(known.last_wrong_at, excluded.last_wrong_at);

    IF NOT NEW.is_correct THEN
        INSERT INTO practice.student_mistakes AS known (user_id, quiz_id, last_answer_id, last_wrong_at)
        VALUES (student, NEW.quiz_id, NEW.answer_id, NEW.answered_at)
        ON CONFLICT (user_id, quiz_id) DO UPDATE
        SET times_wrong = known.times_wrong + 1,
            last_answer_id = excluded.last_answer_id,
            last_wrong_at = excluded.last_wrong_at,
            mastered = false;
    END IF;
    RETURN NULL;
END
$$;

ALTER TABLE practice.practice_sessions DROP COLUMN time_spent_seconds;
ALTER TABLE practice.practice_answers DROP COLUMN time_spent_seconds;
