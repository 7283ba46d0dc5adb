-- message: without an id

-- [up]
-- [down]
