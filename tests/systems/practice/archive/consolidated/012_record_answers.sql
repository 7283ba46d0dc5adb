-- revision:   012
-- message:    an answer counts where it matters
-- parents:    011
-- created:    2025-03-17T14:00:00Z

-- [up]
CREATE FUNCTION practice.record_answer() RETURNS trigger
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

CREATE TRIGGER practice_answers_record AFTER INSERT ON practice.practice_answers
FOR EACH ROW EXECUTE FUNCTION practice.record_answer();

-- [down]
DROP TRIGGER practice_answers_record ON practice.practice_answers;
DROP FUNCTION practice.record_answer();

-- [verify]
-- Sessions from before the trigger must have been counted by the app.
SELECT session_id, answered, correct
FROM practice.practice_sessions AS session
WHERE (answered, correct) <> (
    SELECT count(*), count(*) FILTER (WHERE is_correct)
    FROM practice.practice_answers AS answer
    WHERE answer.session_id = session.session_id
);
