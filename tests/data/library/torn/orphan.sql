-- revision: orphan
-- parents: nowhere

-- [up]
-- [down]
