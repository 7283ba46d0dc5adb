-- revision:   consolidated
-- message:    the practice platform
-- created:    2026-11-21T12:00:57Z
-- replaces:   001, 002, 003, 004, 005, 006
-- replaces:   007, 008, 009, 010, 011, 012
-- replaces:   013, 014, 015, 016, 017
-- lineage:    a1a407a536e3ac8f89764e232c3665f0d4493a15d272aa96ca4f15888fcfdfe6

-- [up]
SET LOCAL search_path = '';
SET LOCAL check_function_bodies = off;

-- schemas
CREATE SCHEMA practice;
COMMENT ON SCHEMA practice IS 'What is asked, who answered what, and what to ask next';

-- functions
CREATE FUNCTION practice.record_answer() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
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

CREATE FUNCTION practice.set_updated_at() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

-- tables, sequences, views
CREATE TABLE practice.attachments (
    attachment_id uuid DEFAULT gen_random_uuid() NOT NULL,
    quiz_id uuid,
    answer_id bigint,
    knowledge_point_id uuid,
    uploaded_by uuid,
    storage_key text NOT NULL,
    file_name text NOT NULL,
    mime_type text NOT NULL,
    byte_size bigint NOT NULL,
    sha256 bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT attachments_byte_size_check CHECK ((byte_size >= 0)),
    CONSTRAINT attachments_mime_type_check CHECK ((mime_type ~~ '%_/_%'::text)),
    CONSTRAINT attachments_owner_check CHECK ((num_nonnulls(quiz_id, answer_id, knowledge_point_id) = 1)),
    CONSTRAINT attachments_sha256_check CHECK ((octet_length(sha256) = 32))
);

CREATE TABLE practice.knowledge_points (
    knowledge_point_id uuid DEFAULT gen_random_uuid() NOT NULL,
    parent_id uuid,
    code text NOT NULL,
    subject text NOT NULL,
    grade smallint NOT NULL,
    name text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    difficulty smallint DEFAULT 3 NOT NULL,
    "position" integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT knowledge_points_code_check CHECK ((code ~ '^[a-z]+(\.[0-9]+)*$'::text)),
    CONSTRAINT knowledge_points_difficulty_check CHECK (((difficulty >= 1) AND (difficulty <= 5))),
    CONSTRAINT knowledge_points_grade_check CHECK (((grade >= 1) AND (grade <= 12))),
    CONSTRAINT knowledge_points_parent_check CHECK ((parent_id <> knowledge_point_id))
);

CREATE TABLE practice.knowledge_points_metadata (
    metadata_id uuid DEFAULT gen_random_uuid() NOT NULL,
    knowledge_point_id uuid NOT NULL,
    key text NOT NULL,
    value jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT knowledge_points_metadata_key_check CHECK ((key <> ''::text))
);

CREATE TABLE practice.practice_answers (
    answer_id bigint NOT NULL,
    session_id uuid NOT NULL,
    quiz_id uuid NOT NULL,
    attempt smallint DEFAULT 1 NOT NULL,
    answer jsonb NOT NULL,
    is_correct boolean NOT NULL,
    score numeric(5,2) NOT NULL,
    answered_at timestamp with time zone DEFAULT now() NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    time_spent_seconds integer,
    CONSTRAINT practice_answers_attempt_check CHECK ((attempt > 0)),
    CONSTRAINT practice_answers_score_check CHECK (((score >= (0)::numeric) AND (score <= (100)::numeric))),
    CONSTRAINT practice_answers_time_spent_check CHECK ((time_spent_seconds >= 0))
);

ALTER TABLE practice.practice_answers ALTER COLUMN answer_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME practice.practice_answers_answer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE practice.practice_sessions (
    session_id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    strategy_id uuid,
    subject text NOT NULL,
    status text DEFAULT 'active'::text NOT NULL,
    planned integer NOT NULL,
    answered integer DEFAULT 0 NOT NULL,
    correct integer DEFAULT 0 NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    completed_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    time_spent_seconds bigint DEFAULT 0 NOT NULL,
    CONSTRAINT practice_sessions_completed_at_check CHECK (((status = 'completed'::text) = (completed_at IS NOT NULL))),
    CONSTRAINT practice_sessions_counts_check CHECK (((correct >= 0) AND (correct <= answered))),
    CONSTRAINT practice_sessions_period_check CHECK ((completed_at >= started_at)),
    CONSTRAINT practice_sessions_planned_check CHECK ((planned > 0)),
    CONSTRAINT practice_sessions_status_check CHECK ((status = ANY (ARRAY['active'::text, 'completed'::text, 'abandoned'::text]))),
    CONSTRAINT practice_sessions_time_spent_check CHECK ((time_spent_seconds >= 0))
);

CREATE TABLE practice.practice_strategies (
    strategy_id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    title text NOT NULL,
    algorithm text NOT NULL,
    parameters jsonb DEFAULT '{}'::jsonb NOT NULL,
    active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT practice_strategies_algorithm_check CHECK ((algorithm = ANY (ARRAY['sequential'::text, 'random'::text, 'weakest_first'::text, 'spaced'::text, 'exam'::text]))),
    CONSTRAINT practice_strategies_name_check CHECK ((name ~ '^[a-z_]+$'::text)),
    CONSTRAINT practice_strategies_parameters_check CHECK ((jsonb_typeof(parameters) = 'object'::text))
);

CREATE TABLE practice.quizzes (
    quiz_id uuid DEFAULT gen_random_uuid() NOT NULL,
    knowledge_point_id uuid NOT NULL,
    author_id uuid,
    kind text NOT NULL,
    stem text NOT NULL,
    options jsonb,
    answer jsonb NOT NULL,
    explanation text DEFAULT ''::text NOT NULL,
    difficulty smallint DEFAULT 3 NOT NULL,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    state text DEFAULT 'draft'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT quizzes_choice_check CHECK (((kind = 'choice'::text) = (options IS NOT NULL))),
    CONSTRAINT quizzes_difficulty_check CHECK (((difficulty >= 1) AND (difficulty <= 5))),
    CONSTRAINT quizzes_kind_check CHECK ((kind = ANY (ARRAY['choice'::text, 'true_false'::text, 'blank'::text, 'essay'::text]))),
    CONSTRAINT quizzes_options_check CHECK ((jsonb_typeof(options) = 'array'::text)),
    CONSTRAINT quizzes_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'published'::text, 'retired'::text]))),
    CONSTRAINT quizzes_stem_check CHECK ((stem <> ''::text))
);

CREATE TABLE practice.student_mistakes (
    mistake_id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    quiz_id uuid NOT NULL,
    last_answer_id bigint,
    times_wrong integer DEFAULT 1 NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    mastered boolean DEFAULT false NOT NULL,
    last_wrong_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT student_mistakes_times_wrong_check CHECK ((times_wrong > 0))
);

CREATE TABLE practice.student_weaknesses (
    weakness_id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    knowledge_point_id uuid NOT NULL,
    answered integer NOT NULL,
    wrong integer NOT NULL,
    mastery numeric(5,2) GENERATED ALWAYS AS (((100.0 * ((answered - wrong))::numeric) / (answered)::numeric)) STORED NOT NULL,
    last_wrong_at timestamp with time zone,
    resolved_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT student_weaknesses_answered_check CHECK ((answered > 0)),
    CONSTRAINT student_weaknesses_wrong_check CHECK (((wrong >= 0) AND (wrong <= answered)))
);

CREATE TABLE practice.users (
    user_id uuid DEFAULT gen_random_uuid() NOT NULL,
    username text NOT NULL,
    email text,
    display_name text NOT NULL,
    role text DEFAULT 'student'::text NOT NULL,
    grade smallint,
    preferences jsonb DEFAULT '{}'::jsonb NOT NULL,
    active boolean DEFAULT true NOT NULL,
    last_seen_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT users_email_check CHECK ((email ~~ '%_@_%'::text)),
    CONSTRAINT users_grade_check CHECK (((grade >= 1) AND (grade <= 12))),
    CONSTRAINT users_preferences_check CHECK ((jsonb_typeof(preferences) = 'object'::text)),
    CONSTRAINT users_role_check CHECK ((role = ANY (ARRAY['student'::text, 'teacher'::text, 'admin'::text, 'anonymous'::text]))),
    CONSTRAINT users_username_check CHECK ((username <> ''::text))
);

CREATE VIEW practice.student_statistics AS
 SELECT student.user_id,
    student.username,
    student.grade,
    session.sessions,
    session.completed,
    session.answered,
    session.correct,
    round(((100.0 * (session.correct)::numeric) / (NULLIF(session.answered, 0))::numeric), 2) AS accuracy,
    session.last_practised_at,
    ( SELECT count(*) AS count
           FROM practice.student_weaknesses weakness
          WHERE ((weakness.user_id = student.user_id) AND (weakness.resolved_at IS NULL) AND (weakness.mastery < (60)::numeric))) AS weak_points,
    ( SELECT count(*) AS count
           FROM practice.student_mistakes mistake
          WHERE ((mistake.user_id = student.user_id) AND (NOT mistake.mastered))) AS open_mistakes,
    session.time_spent_seconds
   FROM (practice.users student
     CROSS JOIN LATERAL ( SELECT count(*) AS sessions,
            count(practice_sessions.completed_at) AS completed,
            COALESCE(sum(practice_sessions.answered), (0)::bigint) AS answered,
            COALESCE(sum(practice_sessions.correct), (0)::bigint) AS correct,
            max(practice_sessions.started_at) AS last_practised_at,
            COALESCE(sum(practice_sessions.time_spent_seconds), (0)::numeric) AS time_spent_seconds
           FROM practice.practice_sessions
          WHERE (practice_sessions.user_id = student.user_id)) session)
  WHERE (student.role = 'student'::text);

COMMENT ON VIEW practice.student_statistics IS 'A row a student, whether he has practised or not';

-- rows
SET LOCAL search_path TO DEFAULT;

INSERT INTO practice.practice_strategies (strategy_id, name, title, algorithm, parameters, active, created_at, updated_at) VALUES
	('51000000-0000-4000-8000-000000000001', 'in_order', 'One after the other', 'sequential', '{}', true, '2025-04-07 08:00:00+00', '2025-04-07 08:00:00+00'),
	('51000000-0000-4000-8000-000000000002', 'mixed', 'Mixed', 'random', '{"count": 10}', true, '2025-04-07 08:00:00+00', '2025-04-07 08:00:00+00'),
	('51000000-0000-4000-8000-000000000003', 'weak_points', 'Weak points first', 'weakest_first', '{"count": 10, "below_mastery": 60}', true, '2025-04-07 08:00:00+00', '2025-04-07 08:00:00+00'),
	('51000000-0000-4000-8000-000000000004', 'repetition', 'Again, at the right time', 'spaced', '{"days": [1, 3, 7, 14, 30]}', true, '2025-04-07 08:00:00+00', '2025-04-07 08:00:00+00'),
	('51000000-0000-4000-8000-000000000005', 'mock_exam', 'As in the exam', 'exam', '{"minutes": 45}', true, '2025-04-07 08:00:00+00', '2025-04-07 08:00:00+00');

INSERT INTO practice.users (user_id, username, email, display_name, role, grade, preferences, active, last_seen_at, created_at, updated_at) VALUES
	('00000000-0000-4000-8000-000000000000', 'anonymous', NULL, 'Guest', 'anonymous', NULL, '{}', true, NULL, '2025-04-07 09:00:00+00', '2025-04-07 09:00:00+00');

-- constraints
SET LOCAL search_path = '';

ALTER TABLE ONLY practice.attachments
    ADD CONSTRAINT attachments_pkey PRIMARY KEY (attachment_id);

ALTER TABLE ONLY practice.attachments
    ADD CONSTRAINT attachments_storage_key_key UNIQUE (storage_key);

ALTER TABLE ONLY practice.knowledge_points
    ADD CONSTRAINT knowledge_points_code_key UNIQUE (code);

ALTER TABLE ONLY practice.knowledge_points_metadata
    ADD CONSTRAINT knowledge_points_metadata_knowledge_point_id_key_key UNIQUE (knowledge_point_id, key);

ALTER TABLE ONLY practice.knowledge_points_metadata
    ADD CONSTRAINT knowledge_points_metadata_pkey PRIMARY KEY (metadata_id);

ALTER TABLE ONLY practice.knowledge_points
    ADD CONSTRAINT knowledge_points_pkey PRIMARY KEY (knowledge_point_id);

ALTER TABLE ONLY practice.practice_answers
    ADD CONSTRAINT practice_answers_pkey PRIMARY KEY (answer_id);

ALTER TABLE ONLY practice.practice_answers
    ADD CONSTRAINT practice_answers_session_id_quiz_id_attempt_key UNIQUE (session_id, quiz_id, attempt);

ALTER TABLE ONLY practice.practice_sessions
    ADD CONSTRAINT practice_sessions_pkey PRIMARY KEY (session_id);

ALTER TABLE ONLY practice.practice_strategies
    ADD CONSTRAINT practice_strategies_name_key UNIQUE (name);

ALTER TABLE ONLY practice.practice_strategies
    ADD CONSTRAINT practice_strategies_pkey PRIMARY KEY (strategy_id);

ALTER TABLE ONLY practice.quizzes
    ADD CONSTRAINT quizzes_pkey PRIMARY KEY (quiz_id);

ALTER TABLE ONLY practice.student_mistakes
    ADD CONSTRAINT student_mistakes_pkey PRIMARY KEY (mistake_id);

ALTER TABLE ONLY practice.student_mistakes
    ADD CONSTRAINT student_mistakes_user_id_quiz_id_key UNIQUE (user_id, quiz_id);

ALTER TABLE ONLY practice.student_weaknesses
    ADD CONSTRAINT student_weaknesses_pkey PRIMARY KEY (weakness_id);

ALTER TABLE ONLY practice.student_weaknesses
    ADD CONSTRAINT student_weaknesses_user_id_knowledge_point_id_key UNIQUE (user_id, knowledge_point_id);

ALTER TABLE ONLY practice.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (user_id);

-- indexes
CREATE INDEX attachments_answer_id_idx ON practice.attachments USING btree (answer_id) WHERE (answer_id IS NOT NULL);
CREATE INDEX attachments_knowledge_point_id_idx ON practice.attachments USING btree (knowledge_point_id) WHERE (knowledge_point_id IS NOT NULL);
CREATE INDEX attachments_quiz_id_idx ON practice.attachments USING btree (quiz_id) WHERE (quiz_id IS NOT NULL);
CREATE INDEX attachments_uploaded_by_idx ON practice.attachments USING btree (uploaded_by);
CREATE INDEX knowledge_points_metadata_key_idx ON practice.knowledge_points_metadata USING btree (key);
CREATE INDEX knowledge_points_metadata_value_idx ON practice.knowledge_points_metadata USING gin (value jsonb_path_ops);
CREATE INDEX knowledge_points_name_idx ON practice.knowledge_points USING gin (to_tsvector('simple'::regconfig, name));
CREATE INDEX knowledge_points_parent_id_idx ON practice.knowledge_points USING btree (parent_id, "position");
CREATE INDEX knowledge_points_subject_idx ON practice.knowledge_points USING btree (subject, grade);
CREATE INDEX practice_answers_answered_at_idx ON practice.practice_answers USING btree (answered_at);
CREATE INDEX practice_answers_quiz_id_idx ON practice.practice_answers USING btree (quiz_id, is_correct);
CREATE INDEX practice_sessions_active_idx ON practice.practice_sessions USING btree (started_at) WHERE (status = 'active'::text);
CREATE INDEX practice_sessions_completed_at_idx ON practice.practice_sessions USING btree (completed_at) WHERE (completed_at IS NOT NULL);
CREATE INDEX practice_sessions_strategy_id_idx ON practice.practice_sessions USING btree (strategy_id);
CREATE INDEX practice_sessions_subject_idx ON practice.practice_sessions USING btree (subject, started_at DESC);
CREATE INDEX practice_sessions_user_id_idx ON practice.practice_sessions USING btree (user_id, started_at DESC);
CREATE INDEX practice_strategies_active_idx ON practice.practice_strategies USING btree (algorithm) WHERE active;
CREATE INDEX quizzes_author_id_idx ON practice.quizzes USING btree (author_id);
CREATE INDEX quizzes_knowledge_point_id_idx ON practice.quizzes USING btree (knowledge_point_id, difficulty);
CREATE INDEX quizzes_published_idx ON practice.quizzes USING btree (difficulty, quiz_id) WHERE (state = 'published'::text);
CREATE INDEX quizzes_state_idx ON practice.quizzes USING btree (state, updated_at DESC);
CREATE INDEX quizzes_stem_idx ON practice.quizzes USING gin (to_tsvector('simple'::regconfig, stem));
CREATE INDEX quizzes_tags_idx ON practice.quizzes USING gin (tags);
CREATE INDEX student_mistakes_last_answer_id_idx ON practice.student_mistakes USING btree (last_answer_id);
CREATE INDEX student_mistakes_open_idx ON practice.student_mistakes USING btree (user_id, last_wrong_at DESC) WHERE (NOT mastered);
CREATE INDEX student_mistakes_quiz_id_idx ON practice.student_mistakes USING btree (quiz_id);
CREATE INDEX student_weaknesses_knowledge_point_id_idx ON practice.student_weaknesses USING btree (knowledge_point_id);
CREATE INDEX student_weaknesses_open_idx ON practice.student_weaknesses USING btree (user_id, mastery) WHERE (resolved_at IS NULL);
CREATE UNIQUE INDEX users_email_key ON practice.users USING btree (lower(email));
CREATE INDEX users_last_seen_at_idx ON practice.users USING btree (last_seen_at) WHERE active;
CREATE INDEX users_role_idx ON practice.users USING btree (role, grade) WHERE active;
CREATE UNIQUE INDEX users_username_key ON practice.users USING btree (lower(username));

-- triggers
CREATE TRIGGER attachments_set_updated_at BEFORE UPDATE ON practice.attachments FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION practice.set_updated_at();
CREATE TRIGGER knowledge_points_metadata_set_updated_at BEFORE UPDATE ON practice.knowledge_points_metadata FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION practice.set_updated_at();
CREATE TRIGGER knowledge_points_set_updated_at BEFORE UPDATE ON practice.knowledge_points FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION practice.set_updated_at();
CREATE TRIGGER practice_answers_record AFTER INSERT ON practice.practice_answers FOR EACH ROW EXECUTE FUNCTION practice.record_answer();
CREATE TRIGGER practice_answers_set_updated_at BEFORE UPDATE ON practice.practice_answers FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION practice.set_updated_at();
CREATE TRIGGER practice_sessions_set_updated_at BEFORE UPDATE ON practice.practice_sessions FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION practice.set_updated_at();
CREATE TRIGGER practice_strategies_set_updated_at BEFORE UPDATE ON practice.practice_strategies FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION practice.set_updated_at();
CREATE TRIGGER quizzes_set_updated_at BEFORE UPDATE ON practice.quizzes FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION practice.set_updated_at();
CREATE TRIGGER student_mistakes_set_updated_at BEFORE UPDATE ON practice.student_mistakes FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION practice.set_updated_at();
CREATE TRIGGER student_weaknesses_set_updated_at BEFORE UPDATE ON practice.student_weaknesses FOR EACH ROW WHEN ((((old.answered IS DISTINCT FROM new.answered) OR (old.wrong IS DISTINCT FROM new.wrong)) OR (old.resolved_at IS DISTINCT FROM new.resolved_at))) EXECUTE FUNCTION practice.set_updated_at();
CREATE TRIGGER users_set_updated_at BEFORE UPDATE ON practice.users FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION practice.set_updated_at();

-- foreign keys
ALTER TABLE ONLY practice.attachments
    ADD CONSTRAINT attachments_answer_id_fkey FOREIGN KEY (answer_id) REFERENCES practice.practice_answers(answer_id) ON DELETE CASCADE;

ALTER TABLE ONLY practice.attachments
    ADD CONSTRAINT attachments_knowledge_point_id_fkey FOREIGN KEY (knowledge_point_id) REFERENCES practice.knowledge_points(knowledge_point_id) ON DELETE CASCADE;

ALTER TABLE ONLY practice.attachments
    ADD CONSTRAINT attachments_quiz_id_fkey FOREIGN KEY (quiz_id) REFERENCES practice.quizzes(quiz_id) ON DELETE CASCADE;

ALTER TABLE ONLY practice.attachments
    ADD CONSTRAINT attachments_uploaded_by_fkey FOREIGN KEY (uploaded_by) REFERENCES practice.users(user_id) ON DELETE SET NULL;

ALTER TABLE ONLY practice.knowledge_points_metadata
    ADD CONSTRAINT knowledge_points_metadata_knowledge_point_id_fkey FOREIGN KEY (knowledge_point_id) REFERENCES practice.knowledge_points(knowledge_point_id) ON DELETE CASCADE;

ALTER TABLE ONLY practice.knowledge_points
    ADD CONSTRAINT knowledge_points_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES practice.knowledge_points(knowledge_point_id) ON DELETE RESTRICT;

ALTER TABLE ONLY practice.practice_answers
    ADD CONSTRAINT practice_answers_quiz_id_fkey FOREIGN KEY (quiz_id) REFERENCES practice.quizzes(quiz_id) ON DELETE RESTRICT;

ALTER TABLE ONLY practice.practice_answers
    ADD CONSTRAINT practice_answers_session_id_fkey FOREIGN KEY (session_id) REFERENCES practice.practice_sessions(session_id) ON DELETE CASCADE;

ALTER TABLE ONLY practice.practice_sessions
    ADD CONSTRAINT practice_sessions_strategy_id_fkey FOREIGN KEY (strategy_id) REFERENCES practice.practice_strategies(strategy_id) ON DELETE SET NULL;

ALTER TABLE ONLY practice.practice_sessions
    ADD CONSTRAINT practice_sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES practice.users(user_id) ON DELETE CASCADE;

ALTER TABLE ONLY practice.quizzes
    ADD CONSTRAINT quizzes_author_id_fkey FOREIGN KEY (author_id) REFERENCES practice.users(user_id) ON DELETE SET NULL;

ALTER TABLE ONLY practice.quizzes
    ADD CONSTRAINT quizzes_knowledge_point_id_fkey FOREIGN KEY (knowledge_point_id) REFERENCES practice.knowledge_points(knowledge_point_id) ON DELETE RESTRICT;

ALTER TABLE ONLY practice.student_mistakes
    ADD CONSTRAINT student_mistakes_last_answer_id_fkey FOREIGN KEY (last_answer_id) REFERENCES practice.practice_answers(answer_id) ON DELETE SET NULL;

ALTER TABLE ONLY practice.student_mistakes
    ADD CONSTRAINT student_mistakes_quiz_id_fkey FOREIGN KEY (quiz_id) REFERENCES practice.quizzes(quiz_id) ON DELETE CASCADE;

ALTER TABLE ONLY practice.student_mistakes
    ADD CONSTRAINT student_mistakes_user_id_fkey FOREIGN KEY (user_id) REFERENCES practice.users(user_id) ON DELETE CASCADE;

ALTER TABLE ONLY practice.student_weaknesses
    ADD CONSTRAINT student_weaknesses_knowledge_point_id_fkey FOREIGN KEY (knowledge_point_id) REFERENCES practice.knowledge_points(knowledge_point_id) ON DELETE CASCADE;

ALTER TABLE ONLY practice.student_weaknesses
    ADD CONSTRAINT student_weaknesses_user_id_fkey FOREIGN KEY (user_id) REFERENCES practice.users(user_id) ON DELETE CASCADE;

-- settings as they were
SET LOCAL check_function_bodies TO DEFAULT;
SET LOCAL search_path TO DEFAULT;

-- [verify]
SELECT session_id, answered, correct
FROM practice.practice_sessions AS session
WHERE (answered, correct) <> (
    SELECT count(*), count(*) FILTER (WHERE is_correct)
    FROM practice.practice_answers AS answer
    WHERE answer.session_id = session.session_id
);
SELECT count(*) = 1 AS ok FROM practice.users WHERE role = 'anonymous';

-- [down]
ALTER TABLE ONLY practice.student_weaknesses DROP CONSTRAINT student_weaknesses_user_id_fkey;
ALTER TABLE ONLY practice.student_weaknesses DROP CONSTRAINT student_weaknesses_knowledge_point_id_fkey;
ALTER TABLE ONLY practice.student_mistakes DROP CONSTRAINT student_mistakes_user_id_fkey;
ALTER TABLE ONLY practice.student_mistakes DROP CONSTRAINT student_mistakes_quiz_id_fkey;
ALTER TABLE ONLY practice.student_mistakes DROP CONSTRAINT student_mistakes_last_answer_id_fkey;
ALTER TABLE ONLY practice.quizzes DROP CONSTRAINT quizzes_knowledge_point_id_fkey;
ALTER TABLE ONLY practice.quizzes DROP CONSTRAINT quizzes_author_id_fkey;
ALTER TABLE ONLY practice.practice_sessions DROP CONSTRAINT practice_sessions_user_id_fkey;
ALTER TABLE ONLY practice.practice_sessions DROP CONSTRAINT practice_sessions_strategy_id_fkey;
ALTER TABLE ONLY practice.practice_answers DROP CONSTRAINT practice_answers_session_id_fkey;
ALTER TABLE ONLY practice.practice_answers DROP CONSTRAINT practice_answers_quiz_id_fkey;
ALTER TABLE ONLY practice.knowledge_points DROP CONSTRAINT knowledge_points_parent_id_fkey;
ALTER TABLE ONLY practice.knowledge_points_metadata DROP CONSTRAINT knowledge_points_metadata_knowledge_point_id_fkey;
ALTER TABLE ONLY practice.attachments DROP CONSTRAINT attachments_uploaded_by_fkey;
ALTER TABLE ONLY practice.attachments DROP CONSTRAINT attachments_quiz_id_fkey;
ALTER TABLE ONLY practice.attachments DROP CONSTRAINT attachments_knowledge_point_id_fkey;
ALTER TABLE ONLY practice.attachments DROP CONSTRAINT attachments_answer_id_fkey;
DROP VIEW practice.student_statistics;
DROP TABLE practice.users;
DROP TABLE practice.student_weaknesses;
DROP TABLE practice.student_mistakes;
DROP TABLE practice.quizzes;
DROP TABLE practice.practice_strategies;
DROP TABLE practice.practice_sessions;
DROP TABLE practice.practice_answers;
DROP TABLE practice.knowledge_points_metadata;
DROP TABLE practice.knowledge_points;
DROP TABLE practice.attachments;
DROP FUNCTION practice.set_updated_at();
DROP FUNCTION practice.record_answer();
DROP SCHEMA practice;
