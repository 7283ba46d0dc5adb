-- revision:   4b7e1d90c2a6
-- message:    guides, sessions and what happens in them
-- created:    2026-01-05T09:15:00Z

-- [up]
CREATE TABLE user_sessions (
    user_session_id  uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id          varchar(255) NOT NULL,
    client           jsonb NOT NULL DEFAULT '{}',
    started_at       timestamptz NOT NULL DEFAULT now(),
    last_seen_at     timestamptz NOT NULL DEFAULT now(),
    expires_at       timestamptz NOT NULL,
    CONSTRAINT user_sessions_period_check CHECK (expires_at > started_at)
);
CREATE INDEX user_sessions_user_id_idx ON user_sessions (user_id, last_seen_at DESC);
CREATE INDEX user_sessions_expires_at_idx ON user_sessions (expires_at);

CREATE TABLE step_guides (
    guide_id                    uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    title                       varchar(200) NOT NULL CHECK (title <> ''),
    description                 text NOT NULL DEFAULT '',
    total_steps                 integer NOT NULL CHECK (total_steps >= 0),
    total_sections              integer NOT NULL CHECK (total_sections >= 0),
    estimated_duration_minutes  integer NOT NULL CHECK (estimated_duration_minutes > 0),
    difficulty_level            varchar(20) NOT NULL DEFAULT 'beginner'
        CHECK (difficulty_level IN ('beginner', 'intermediate', 'advanced')),
    category                    varchar(60),
    guide_data                  jsonb NOT NULL CHECK (jsonb_typeof(guide_data) = 'object'),
    created_at                  timestamptz NOT NULL DEFAULT now(),
    updated_at                  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX step_guides_category_idx ON step_guides (category, difficulty_level);
CREATE INDEX step_guides_created_at_idx ON step_guides (created_at DESC);
COMMENT ON COLUMN step_guides.guide_data IS
    'The guide as the model returned it; sections and steps are its parsed form';

CREATE TABLE sections (
    section_id     uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    guide_id       uuid NOT NULL REFERENCES step_guides ON DELETE CASCADE,
    title          varchar(200) NOT NULL,
    description    text NOT NULL DEFAULT '',
    section_order  integer NOT NULL CHECK (section_order >= 0),
    UNIQUE (guide_id, section_order),
    -- What the foreign key of steps points at.
    UNIQUE (section_id, guide_id)
);

CREATE TABLE steps (
    step_id                      uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    section_id                   uuid NOT NULL,
    guide_id                     uuid NOT NULL,
    step_index                   integer NOT NULL CHECK (step_index >= 0),
    title                        varchar(200) NOT NULL,
    instructions                 text NOT NULL,
    completion_criteria          text NOT NULL,
    assistance_hints             jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(assistance_hints) = 'array'),
    dependencies                 jsonb NOT NULL DEFAULT '[]',
    estimated_duration_minutes   integer NOT NULL CHECK (estimated_duration_minutes > 0),
    requires_desktop_monitoring  boolean NOT NULL DEFAULT false,
    visual_markers               jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(visual_markers) = 'array'),
    UNIQUE (guide_id, step_index),
    CONSTRAINT steps_dependencies_check CHECK (
        jsonb_typeof(dependencies) = 'array'
        AND NOT jsonb_path_exists(dependencies, '$[*] ? (@.type() != "number" || @ < 0 || @ != @.floor())')
    ),
    -- Both columns, so that a step can't lie in a section of another guide.
    FOREIGN KEY (section_id, guide_id) REFERENCES sections (section_id, guide_id) ON DELETE CASCADE
);
CREATE INDEX steps_section_id_idx ON steps (section_id, guide_id);
COMMENT ON COLUMN steps.dependencies IS 'The steps of the same guide that come first, each by its step_index';

CREATE TABLE guide_sessions (
    session_id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- A guide that people follow is never deleted under them.
    guide_id               uuid NOT NULL REFERENCES step_guides ON DELETE RESTRICT,
    user_id                varchar(255) NOT NULL,
    user_session_id        uuid REFERENCES user_sessions ON DELETE SET NULL,
    status                 varchar(20) NOT NULL DEFAULT 'active'
        CHECK (status IN ('active', 'paused', 'completed', 'abandoned')),
    current_step_index     integer NOT NULL DEFAULT 0 CHECK (current_step_index >= 0),
    completion_percentage  numeric(5,2) NOT NULL DEFAULT 0 CHECK (completion_percentage BETWEEN 0 AND 100),
    session_data           jsonb NOT NULL DEFAULT '{}',
    started_at             timestamptz NOT NULL DEFAULT now(),
    updated_at             timestamptz NOT NULL DEFAULT now(),
    completed_at           timestamptz,
    CONSTRAINT guide_sessions_completed_at_check CHECK ((status = 'completed') = (completed_at IS NOT NULL)),
    CONSTRAINT guide_sessions_period_check CHECK (completed_at >= started_at)
);
CREATE INDEX guide_sessions_guide_id_idx ON guide_sessions (guide_id);
CREATE INDEX guide_sessions_user_session_id_idx ON guide_sessions (user_session_id);
CREATE INDEX guide_sessions_user_id_idx ON guide_sessions (user_id, status);

CREATE TABLE completion_events (
    event_id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id         uuid NOT NULL REFERENCES guide_sessions ON DELETE CASCADE,
    event_type         varchar(30) NOT NULL CHECK (event_type IN (
        'session_started', 'session_completed', 'session_abandoned',
        'step_started', 'step_completed', 'help_requested'
    )),
    step_index         integer CHECK (step_index >= 0),
    completion_method  varchar(20) CHECK (completion_method IN ('manual', 'vision', 'assisted')),
    duration_seconds   integer CHECK (duration_seconds >= 0),
    details            jsonb NOT NULL DEFAULT '{}',
    occurred_at        timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT completion_events_step_named_check CHECK ((event_type LIKE 'session\_%') = (step_index IS NULL))
);
CREATE INDEX completion_events_session_id_idx ON completion_events (session_id, occurred_at);
CREATE INDEX completion_events_occurred_at_idx ON completion_events (occurred_at);

CREATE TABLE progress_trackers (
    tracker_id                 uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id                    varchar(255) NOT NULL,
    guide_id                   uuid NOT NULL REFERENCES step_guides ON DELETE CASCADE,
    last_completed_step_index  integer CHECK (last_completed_step_index >= 0),
    steps_completed            integer NOT NULL DEFAULT 0 CHECK (steps_completed >= 0),
    time_spent_seconds         bigint NOT NULL DEFAULT 0 CHECK (time_spent_seconds >= 0),
    last_activity_at           timestamptz NOT NULL DEFAULT now(),
    UNIQUE (user_id, guide_id)
);
CREATE INDEX progress_trackers_guide_id_idx ON progress_trackers (guide_id);

CREATE TABLE llm_generation_requests (
    request_id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id            varchar(255) NOT NULL,
    -- The bill outlives the guide that it was for.
    guide_id           uuid REFERENCES step_guides ON DELETE SET NULL,
    user_query         text NOT NULL,
    provider           varchar(40) NOT NULL,
    model              varchar(80) NOT NULL,
    status             varchar(20) NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'running', 'succeeded', 'failed')),
    prompt_tokens      integer CHECK (prompt_tokens >= 0),
    completion_tokens  integer CHECK (completion_tokens >= 0),
    cost_usd           numeric(10,6) CHECK (cost_usd >= 0),
    error_message      text,
    requested_at       timestamptz NOT NULL DEFAULT now(),
    finished_at        timestamptz,
    CONSTRAINT llm_generation_requests_finished_check
        CHECK ((status IN ('succeeded', 'failed')) = (finished_at IS NOT NULL)),
    CONSTRAINT llm_generation_requests_error_check
        CHECK ((status = 'failed') = (error_message IS NOT NULL))
);
CREATE INDEX llm_generation_requests_guide_id_idx ON llm_generation_requests (guide_id);
CREATE INDEX llm_generation_requests_user_id_idx ON llm_generation_requests (user_id, requested_at DESC);
CREATE INDEX llm_generation_requests_open_idx ON llm_generation_requests (requested_at)
    WHERE finished_at IS NULL;

-- [down]
DROP TABLE llm_generation_requests;
DROP TABLE progress_trackers;
DROP TABLE completion_events;
DROP TABLE guide_sessions;
DROP TABLE steps;
DROP TABLE sections;
DROP TABLE step_guides;
DROP TABLE user_sessions;
