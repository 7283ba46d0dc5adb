-- revision:   a136ce22edef
-- message:    guides that adapt when a step is blocked
-- created:    2026-11-21T09:52:53Z
-- replaces:   4b7e1d90c2a6, c05a8f3de671
-- lineage:    8675d9a83ee31bcf9b4b4bc25cdc7db9efbc04a78460eceb236d75dadb708a3c

-- [up]
SET LOCAL search_path = '';

-- types
CREATE TYPE public.stepstatus AS ENUM (
    'active',
    'completed',
    'blocked',
    'alternative'
);

-- tables, sequences
CREATE TABLE public.completion_events (
    event_id bigint NOT NULL,
    session_id uuid NOT NULL,
    event_type character varying(30) NOT NULL,
    step_identifier character varying(10),
    completion_method character varying(20),
    duration_seconds integer,
    details jsonb DEFAULT '{}'::jsonb NOT NULL,
    occurred_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT completion_events_completion_method_check CHECK (((completion_method)::text = ANY ((ARRAY['manual'::character varying, 'vision'::character varying, 'assisted'::character varying])::text[]))),
    CONSTRAINT completion_events_duration_seconds_check CHECK ((duration_seconds >= 0)),
    CONSTRAINT completion_events_event_type_check CHECK (((event_type)::text = ANY ((ARRAY['session_started'::character varying, 'session_completed'::character varying, 'session_abandoned'::character varying, 'step_started'::character varying, 'step_completed'::character varying, 'help_requested'::character varying])::text[]))),
    CONSTRAINT completion_events_step_identifier_check CHECK (((step_identifier)::text ~ '^[0-9]{1,9}[a-z]?$'::text)),
    CONSTRAINT completion_events_step_named_check CHECK ((((event_type)::text ~~ 'session\_%'::text) = (step_identifier IS NULL)))
);

ALTER TABLE public.completion_events ALTER COLUMN event_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.completion_events_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.guide_sessions (
    session_id uuid DEFAULT gen_random_uuid() NOT NULL,
    guide_id uuid NOT NULL,
    user_id character varying(255) NOT NULL,
    user_session_id uuid,
    status character varying(20) DEFAULT 'active'::character varying NOT NULL,
    current_step_identifier character varying(10) DEFAULT '0'::character varying NOT NULL,
    completion_percentage numeric(5,2) DEFAULT 0 NOT NULL,
    session_data jsonb DEFAULT '{}'::jsonb NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    completed_at timestamp with time zone,
    CONSTRAINT guide_sessions_completed_at_check CHECK ((((status)::text = 'completed'::text) = (completed_at IS NOT NULL))),
    CONSTRAINT guide_sessions_completion_percentage_check CHECK (((completion_percentage >= (0)::numeric) AND (completion_percentage <= (100)::numeric))),
    CONSTRAINT guide_sessions_current_step_identifier_check CHECK (((current_step_identifier)::text ~ '^[0-9]{1,9}[a-z]?$'::text)),
    CONSTRAINT guide_sessions_period_check CHECK ((completed_at >= started_at)),
    CONSTRAINT guide_sessions_status_check CHECK (((status)::text = ANY ((ARRAY['active'::character varying, 'paused'::character varying, 'completed'::character varying, 'abandoned'::character varying])::text[])))
);

CREATE TABLE public.llm_generation_requests (
    request_id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id character varying(255) NOT NULL,
    guide_id uuid,
    user_query text NOT NULL,
    provider character varying(40) NOT NULL,
    model character varying(80) NOT NULL,
    status character varying(20) DEFAULT 'pending'::character varying NOT NULL,
    prompt_tokens integer,
    completion_tokens integer,
    cost_usd numeric(10,6),
    error_message text,
    requested_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT llm_generation_requests_completion_tokens_check CHECK ((completion_tokens >= 0)),
    CONSTRAINT llm_generation_requests_cost_usd_check CHECK ((cost_usd >= (0)::numeric)),
    CONSTRAINT llm_generation_requests_error_check CHECK ((((status)::text = 'failed'::text) = (error_message IS NOT NULL))),
    CONSTRAINT llm_generation_requests_finished_check CHECK ((((status)::text = ANY ((ARRAY['succeeded'::character varying, 'failed'::character varying])::text[])) = (finished_at IS NOT NULL))),
    CONSTRAINT llm_generation_requests_prompt_tokens_check CHECK ((prompt_tokens >= 0)),
    CONSTRAINT llm_generation_requests_status_check CHECK (((status)::text = ANY ((ARRAY['pending'::character varying, 'running'::character varying, 'succeeded'::character varying, 'failed'::character varying])::text[])))
);

CREATE TABLE public.progress_trackers (
    tracker_id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id character varying(255) NOT NULL,
    guide_id uuid NOT NULL,
    last_completed_step_identifier character varying(10),
    steps_completed integer DEFAULT 0 NOT NULL,
    time_spent_seconds bigint DEFAULT 0 NOT NULL,
    last_activity_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT progress_trackers_last_completed_step_identifier_check CHECK (((last_completed_step_identifier)::text ~ '^[0-9]{1,9}[a-z]?$'::text)),
    CONSTRAINT progress_trackers_steps_completed_check CHECK ((steps_completed >= 0)),
    CONSTRAINT progress_trackers_time_spent_seconds_check CHECK ((time_spent_seconds >= 0))
);

CREATE TABLE public.sections (
    section_id uuid DEFAULT gen_random_uuid() NOT NULL,
    guide_id uuid NOT NULL,
    title character varying(200) NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    section_order integer NOT NULL,
    CONSTRAINT sections_section_order_check CHECK ((section_order >= 0))
);

CREATE TABLE public.step_guides (
    guide_id uuid DEFAULT gen_random_uuid() NOT NULL,
    title character varying(200) NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    total_steps integer NOT NULL,
    total_sections integer NOT NULL,
    estimated_duration_minutes integer NOT NULL,
    difficulty_level character varying(20) DEFAULT 'beginner'::character varying NOT NULL,
    category character varying(60),
    guide_data jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    adaptation_history jsonb DEFAULT '[]'::jsonb NOT NULL,
    last_adapted_at timestamp with time zone,
    CONSTRAINT step_guides_adaptation_history_check CHECK ((jsonb_typeof(adaptation_history) = 'array'::text)),
    CONSTRAINT step_guides_difficulty_level_check CHECK (((difficulty_level)::text = ANY ((ARRAY['beginner'::character varying, 'intermediate'::character varying, 'advanced'::character varying])::text[]))),
    CONSTRAINT step_guides_estimated_duration_minutes_check CHECK ((estimated_duration_minutes > 0)),
    CONSTRAINT step_guides_guide_data_check CHECK ((jsonb_typeof(guide_data) = 'object'::text)),
    CONSTRAINT step_guides_title_check CHECK (((title)::text <> ''::text)),
    CONSTRAINT step_guides_total_sections_check CHECK ((total_sections >= 0)),
    CONSTRAINT step_guides_total_steps_check CHECK ((total_steps >= 0))
);

COMMENT ON COLUMN public.step_guides.guide_data IS 'The guide as the model returned it; sections and steps are its parsed form';

CREATE TABLE public.steps (
    step_id uuid DEFAULT gen_random_uuid() NOT NULL,
    section_id uuid NOT NULL,
    guide_id uuid NOT NULL,
    step_index integer NOT NULL,
    title character varying(200) NOT NULL,
    instructions text NOT NULL,
    completion_criteria text NOT NULL,
    assistance_hints jsonb DEFAULT '[]'::jsonb NOT NULL,
    dependencies jsonb DEFAULT '[]'::jsonb NOT NULL,
    estimated_duration_minutes integer NOT NULL,
    requires_desktop_monitoring boolean DEFAULT false NOT NULL,
    visual_markers jsonb DEFAULT '[]'::jsonb NOT NULL,
    step_identifier character varying(10) NOT NULL,
    step_status public.stepstatus DEFAULT 'active'::public.stepstatus NOT NULL,
    replaces_step_index integer,
    blocked_reason character varying(500),
    CONSTRAINT steps_alternative_check CHECK (((step_status <> 'alternative'::public.stepstatus) OR (replaces_step_index IS NOT NULL))),
    CONSTRAINT steps_assistance_hints_check CHECK ((jsonb_typeof(assistance_hints) = 'array'::text)),
    CONSTRAINT steps_dependencies_check CHECK (((jsonb_typeof(dependencies) = 'array'::text) AND (NOT jsonb_path_exists(dependencies, '$[*]?(@.type() != "string" || !(@ like_regex "^[0-9]{1,9}[a-z]?$"))'::jsonpath)))),
    CONSTRAINT steps_estimated_duration_minutes_check CHECK ((estimated_duration_minutes > 0)),
    CONSTRAINT steps_replaces_step_index_check CHECK ((replaces_step_index >= 0)),
    CONSTRAINT steps_step_identifier_check CHECK (((step_identifier)::text ~ '^[0-9]{1,9}[a-z]?$'::text)),
    CONSTRAINT steps_step_index_check CHECK ((step_index >= 0)),
    CONSTRAINT steps_visual_markers_check CHECK ((jsonb_typeof(visual_markers) = 'array'::text))
);

COMMENT ON COLUMN public.steps.dependencies IS 'The steps of the same guide that come first, each by its step_identifier';
COMMENT ON COLUMN public.steps.replaces_step_index IS 'Set on alternatives: the index of the blocked step that this one stands in for';

CREATE TABLE public.user_sessions (
    user_session_id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id character varying(255) NOT NULL,
    client jsonb DEFAULT '{}'::jsonb NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    last_seen_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT user_sessions_period_check CHECK ((expires_at > started_at))
);

-- constraints
ALTER TABLE ONLY public.completion_events
    ADD CONSTRAINT completion_events_pkey PRIMARY KEY (event_id);

ALTER TABLE ONLY public.guide_sessions
    ADD CONSTRAINT guide_sessions_pkey PRIMARY KEY (session_id);

ALTER TABLE ONLY public.llm_generation_requests
    ADD CONSTRAINT llm_generation_requests_pkey PRIMARY KEY (request_id);

ALTER TABLE ONLY public.progress_trackers
    ADD CONSTRAINT progress_trackers_pkey PRIMARY KEY (tracker_id);

ALTER TABLE ONLY public.progress_trackers
    ADD CONSTRAINT progress_trackers_user_id_guide_id_key UNIQUE (user_id, guide_id);

ALTER TABLE ONLY public.sections
    ADD CONSTRAINT sections_guide_id_section_order_key UNIQUE (guide_id, section_order);

ALTER TABLE ONLY public.sections
    ADD CONSTRAINT sections_pkey PRIMARY KEY (section_id);

ALTER TABLE ONLY public.sections
    ADD CONSTRAINT sections_section_id_guide_id_key UNIQUE (section_id, guide_id);

ALTER TABLE ONLY public.step_guides
    ADD CONSTRAINT step_guides_pkey PRIMARY KEY (guide_id);

ALTER TABLE ONLY public.steps
    ADD CONSTRAINT steps_guide_id_step_identifier_key UNIQUE (guide_id, step_identifier);

ALTER TABLE ONLY public.steps
    ADD CONSTRAINT steps_pkey PRIMARY KEY (step_id);

ALTER TABLE ONLY public.user_sessions
    ADD CONSTRAINT user_sessions_pkey PRIMARY KEY (user_session_id);

-- indexes
CREATE INDEX completion_events_occurred_at_idx ON public.completion_events USING btree (occurred_at);
CREATE INDEX completion_events_session_id_idx ON public.completion_events USING btree (session_id, occurred_at);
CREATE INDEX guide_sessions_guide_id_idx ON public.guide_sessions USING btree (guide_id);
CREATE INDEX guide_sessions_user_id_idx ON public.guide_sessions USING btree (user_id, status);
CREATE INDEX guide_sessions_user_session_id_idx ON public.guide_sessions USING btree (user_session_id);
CREATE INDEX llm_generation_requests_guide_id_idx ON public.llm_generation_requests USING btree (guide_id);
CREATE INDEX llm_generation_requests_open_idx ON public.llm_generation_requests USING btree (requested_at) WHERE (finished_at IS NULL);
CREATE INDEX llm_generation_requests_user_id_idx ON public.llm_generation_requests USING btree (user_id, requested_at DESC);
CREATE INDEX progress_trackers_guide_id_idx ON public.progress_trackers USING btree (guide_id);
CREATE INDEX step_guides_category_idx ON public.step_guides USING btree (category, difficulty_level);
CREATE INDEX step_guides_created_at_idx ON public.step_guides USING btree (created_at DESC);
CREATE INDEX step_guides_last_adapted_at_idx ON public.step_guides USING btree (last_adapted_at) WHERE (last_adapted_at IS NOT NULL);
CREATE INDEX steps_blocked_idx ON public.steps USING btree (guide_id) WHERE (step_status = 'blocked'::public.stepstatus);
CREATE UNIQUE INDEX steps_planned_idx ON public.steps USING btree (guide_id, step_index) WHERE (replaces_step_index IS NULL);
CREATE INDEX steps_section_id_idx ON public.steps USING btree (section_id, guide_id);
CREATE INDEX user_sessions_expires_at_idx ON public.user_sessions USING btree (expires_at);
CREATE INDEX user_sessions_user_id_idx ON public.user_sessions USING btree (user_id, last_seen_at DESC);

-- foreign keys
ALTER TABLE ONLY public.completion_events
    ADD CONSTRAINT completion_events_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.guide_sessions(session_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.guide_sessions
    ADD CONSTRAINT guide_sessions_guide_id_fkey FOREIGN KEY (guide_id) REFERENCES public.step_guides(guide_id) ON DELETE RESTRICT;

ALTER TABLE ONLY public.guide_sessions
    ADD CONSTRAINT guide_sessions_user_session_id_fkey FOREIGN KEY (user_session_id) REFERENCES public.user_sessions(user_session_id) ON DELETE SET NULL;

ALTER TABLE ONLY public.llm_generation_requests
    ADD CONSTRAINT llm_generation_requests_guide_id_fkey FOREIGN KEY (guide_id) REFERENCES public.step_guides(guide_id) ON DELETE SET NULL;

ALTER TABLE ONLY public.progress_trackers
    ADD CONSTRAINT progress_trackers_guide_id_fkey FOREIGN KEY (guide_id) REFERENCES public.step_guides(guide_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.sections
    ADD CONSTRAINT sections_guide_id_fkey FOREIGN KEY (guide_id) REFERENCES public.step_guides(guide_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.steps
    ADD CONSTRAINT steps_section_id_guide_id_fkey FOREIGN KEY (section_id, guide_id) REFERENCES public.sections(section_id, guide_id) ON DELETE CASCADE;

-- settings as they were
SET LOCAL search_path TO DEFAULT;

-- [verify]
SELECT session_id, guide_id, current_step_identifier
FROM guide_sessions
WHERE status IN ('active', 'paused')
  AND NOT EXISTS (
      SELECT FROM steps
      WHERE steps.guide_id = guide_sessions.guide_id
        AND steps.step_identifier = guide_sessions.current_step_identifier
  );

-- [down]
ALTER TABLE ONLY public.steps DROP CONSTRAINT steps_section_id_guide_id_fkey;
ALTER TABLE ONLY public.sections DROP CONSTRAINT sections_guide_id_fkey;
ALTER TABLE ONLY public.progress_trackers DROP CONSTRAINT progress_trackers_guide_id_fkey;
ALTER TABLE ONLY public.llm_generation_requests DROP CONSTRAINT llm_generation_requests_guide_id_fkey;
ALTER TABLE ONLY public.guide_sessions DROP CONSTRAINT guide_sessions_user_session_id_fkey;
ALTER TABLE ONLY public.guide_sessions DROP CONSTRAINT guide_sessions_guide_id_fkey;
ALTER TABLE ONLY public.completion_events DROP CONSTRAINT completion_events_session_id_fkey;
DROP TABLE public.user_sessions;
DROP TABLE public.steps;
DROP TABLE public.step_guides;
DROP TABLE public.sections;
DROP TABLE public.progress_trackers;
DROP TABLE public.llm_generation_requests;
DROP TABLE public.guide_sessions;
DROP TABLE public.completion_events;
DROP TYPE public.stepstatus;
