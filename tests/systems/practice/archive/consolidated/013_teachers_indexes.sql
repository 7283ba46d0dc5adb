-- revision:   013
-- message:    indexes for the teachers' lists
-- parents:    012
-- created:    2025-03-24T07:30:00Z

-- [up transaction=off]
CREATE INDEX CONCURRENTLY quizzes_stem_idx ON practice.quizzes USING gin (to_tsvector('simple', stem));
CREATE INDEX CONCURRENTLY knowledge_points_name_idx ON practice.knowledge_points USING gin (to_tsvector('simple', name));
CREATE INDEX CONCURRENTLY practice_sessions_subject_idx ON practice.practice_sessions (subject, started_at DESC);
CREATE INDEX CONCURRENTLY practice_sessions_completed_at_idx ON practice.practice_sessions (completed_at) WHERE completed_at IS NOT NULL;
CREATE INDEX CONCURRENTLY users_last_seen_at_idx ON practice.users (last_seen_at) WHERE active;
CREATE INDEX CONCURRENTLY quizzes_state_idx ON practice.quizzes (state, updated_at DESC);

-- [down transaction=off]
DROP INDEX CONCURRENTLY practice.quizzes_state_idx;
DROP INDEX CONCURRENTLY practice.users_last_seen_at_idx;
DROP INDEX CONCURRENTLY practice.practice_sessions_completed_at_idx;
DROP INDEX CONCURRENTLY practice.practice_sessions_subject_idx;
DROP INDEX CONCURRENTLY practice.knowledge_points_name_idx;
DROP INDEX CONCURRENTLY practice.quizzes_stem_idx;
