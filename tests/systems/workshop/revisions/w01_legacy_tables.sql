-- revision:   w01
-- message:    the tables as the workshop's two apps made them
-- created:    2026-08-03T09:00:00Z

-- [up]
-- The first app writes this one, when somebody opens the workshop.
CREATE TABLE workshop_students (
    session_token          text PRIMARY KEY,
    student_email          text,
    student_name           text,
    selected_phone_number  text,
    openai_api_key         text,
    exercises              jsonb DEFAULT '{}',
    demo_mode              boolean DEFAULT false,
    created_at             timestamptz NOT NULL DEFAULT now(),
    updated_at             timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX workshop_students_student_email_idx ON workshop_students (student_email);

-- The second app, which deploys what a student has built, writes that one.
CREATE TABLE student_configs (
    session_token     text PRIMARY KEY,
    student_email     text,
    github_username   text,
    openai_api_key    text,
    ai_model          text,
    system_prompt     text,
    frontend_url      text,
    backend_url       text,
    current_step      integer DEFAULT 1,
    step4_deployed    boolean DEFAULT false,
    step5_deployed    boolean DEFAULT false,
    total_time_spent  integer DEFAULT 0,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN student_configs.total_time_spent IS 'in seconds';

-- [down]
DROP TABLE student_configs;
DROP TABLE workshop_students;
