-- revision: good

-- [up]
-- [down]
