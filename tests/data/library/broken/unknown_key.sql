-- revision: unknown_key
-- parens: good

-- [up]
-- [down]
