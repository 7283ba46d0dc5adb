-- revision:   w06
-- message:    retire the old tables, and what merged them
-- parents:    w05
-- created:    2026-09-07T06:00:00Z
-- confirm:    DELETE OLD TABLES

-- [retire]
-- They keep their rows under another name: `revgraph retired list`. After 30 days they may go:
-- `revgraph retired purge --older-than 30d --confirm 'DELETE OLD TABLES'`.
function merge_sessions(text, integer)
view unmerged_steps
view unmerged_students
view legacy_steps
view legacy_students
view legacy_sessions
function legacy_email(text)
table student_configs
table workshop_students
function refuse_legacy_writes()
