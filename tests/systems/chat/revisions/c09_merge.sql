-- revision:   c09
-- message:    the chat is complete
-- parents:    c06 c07 c08
-- created:    2025-06-06T08:00:00Z

-- [up]

-- [down]
