-- revision:   57c3fb0e6a98
-- message:    merge analytics and sharing
-- parents:    2ea94d57cf03 9d18e5b2047f
-- created:    2026-02-05T09:00:12Z

-- [up]

-- [down]
