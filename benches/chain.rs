//! A chain of revisions of the size that real ones have: tables that refer to each other, columns, indexes, enums,
//! functions with triggers, views, checks, seeds; some outside of transactions, and branches that are merged.

/// One revision.
pub struct Change {
    pub id: String,
    parents: Vec<String>,
    is_outside: bool,
    pub up: String,
    down: String,
}

impl Change {
    /// As revgraph wants it.
    pub fn file(&self) -> String {
        let Change { id, parents, up, down, .. } = self;
        let outside = if self.is_outside { " transaction=off" } else { "" };
        let parents = parents.join(", ");
        format!(
            "-- revision:   {id}\n-- message:    {id}\n-- parents:    {parents}\n-- created:    2026-11-21T02:24:35Z\n\n\
             -- [up{outside}]\n{up}\n-- [down{outside}]\n{down}"
        )
    }

    /// As psql wants it: what is not outside of transactions is one.
    pub fn in_one_session(&self) -> String {
        match self.is_outside {
            true => self.up.clone(),
            false => format!("BEGIN;\n{}COMMIT;\n", self.up),
        }
    }
}

/// Every twelfth change adds a table; the others are to the tables that are there, each in its turn.
const PERIOD: usize = 12;

/// A branch of so many revisions leaves the line every so often, and is merged.
const BRANCH: usize = 3;
const BRANCH_EVERY: usize = 40;

/// The same chain each time.
pub fn make(length: usize) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::with_capacity(length);
    let mut fork = None;
    for number in 0..length {
        let before = |back: usize| number.checked_sub(back).map(name);
        let parents = match number % BRANCH_EVERY {
            // Two lines leave this one's parent, and the last of each are the parents of the merge.
            20 => {
                fork = before(1);
                before(1)
            }
            .into_iter()
            .collect(),
            at if at == 20 + BRANCH => fork.clone().into_iter().collect(),
            at if at == 20 + 2 * BRANCH => [before(1), before(1 + BRANCH)].into_iter().flatten().collect(),
            _ => before(1).into_iter().collect(),
        };
        let is_merge = number % BRANCH_EVERY == 20 + 2 * BRANCH;
        let (is_outside, up, down) = if is_merge { Default::default() } else { change(number) };
        changes.push(Change { id: name(number), parents, is_outside, up, down });
    }
    changes
}

fn name(number: usize) -> String {
    format!("r{number:04}")
}

/// A table of the kind that applications have. It refers to the one before it.
pub fn table(number: usize) -> String {
    let reference = match number.checked_sub(1) {
        Some(previous) if previous > 0 => {
            format!("\n    parent_id bigint REFERENCES item_{previous} (id) ON DELETE CASCADE,")
        }
        _ => String::new(),
    };
    format!(
        "CREATE TABLE item_{number} (\n    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,{reference}\n    \
         name varchar(80) NOT NULL,\n    state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'open', 'done')),\n    \
         amount numeric(12, 2) NOT NULL DEFAULT 0,\n    tags text[] NOT NULL DEFAULT '{{}}',\n    data jsonb,\n    \
         created_at timestamptz NOT NULL DEFAULT now(),\n    UNIQUE (name, state)\n);\n\
         CREATE INDEX item_{number}_created ON item_{number} (created_at DESC);\n\
         ALTER TABLE item_{number} ENABLE ROW LEVEL SECURITY;\n"
    )
}

/// Whether it is outside of transactions, its way up and its way down.
fn change(number: usize) -> (bool, String, String) {
    let newest = number / PERIOD + 1;
    // A branch may not have the newest table: what is done in one is done to older ones.
    let table_of = |turn: usize| format!("item_{}", if newest > 2 { turn % (newest - 2) + 1 } else { 1 });
    let t = table_of(number);
    let (up, down) = match number % PERIOD {
        0 => (table(newest), format!("DROP TABLE item_{newest};\n")),
        1 | 5 => (
            format!("ALTER TABLE {t} ADD note_{number} text, ADD count_{number} integer NOT NULL DEFAULT 0;\n"),
            format!("ALTER TABLE {t} DROP note_{number}, DROP count_{number};\n"),
        ),
        2 => (
            format!("CREATE INDEX i_{number} ON {t} (lower(name), amount DESC) WHERE state <> 'done';\n"),
            format!("DROP INDEX i_{number};\n"),
        ),
        3 => (
            format!(
                "CREATE TYPE kind_{number} AS ENUM ('small', 'large');\n\
                 ALTER TABLE {t} ADD kind_{number} kind_{number} NOT NULL DEFAULT 'small';\n"
            ),
            format!("ALTER TABLE {t} DROP kind_{number};\nDROP TYPE kind_{number};\n"),
        ),
        4 => (
            format!(
                "CREATE FUNCTION f_{number}() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n    \
                 NEW.amount := coalesce(NEW.amount, 0);\n    RETURN NEW;\nEND\n$$;\n\
                 CREATE TRIGGER t_{number} BEFORE INSERT OR UPDATE ON {t} FOR EACH ROW EXECUTE FUNCTION f_{number}();\n"
            ),
            format!("DROP TRIGGER t_{number} ON {t};\nDROP FUNCTION f_{number}();\n"),
        ),
        6 => (
            format!(
                "CREATE VIEW v_{number} AS SELECT id, upper(name) AS name, amount * 2 AS twice FROM {t} WHERE state = 'open';\n\
                 COMMENT ON VIEW v_{number} IS 'what is open';\n"
            ),
            format!("DROP VIEW v_{number};\n"),
        ),
        7 => (
            format!(
                "INSERT INTO {t} (name, state) SELECT 'seed {number} ' || n, 'open' FROM generate_series(1, 20) AS n;\n"
            ),
            format!("DELETE FROM {t} WHERE name LIKE 'seed {number} %';\n"),
        ),
        8 => (
            format!("CREATE INDEX CONCURRENTLY i_{number} ON {t} (amount);\n"),
            format!("DROP INDEX CONCURRENTLY i_{number};\n"),
        ),
        9 => (
            format!(
                "ALTER TABLE {t} ADD CONSTRAINT c_{number} CHECK (amount >= 0 AND amount < 1000000 AND name <> '');\n"
            ),
            format!("ALTER TABLE {t} DROP CONSTRAINT c_{number};\n"),
        ),
        10 => (
            format!("CREATE POLICY p_{number} ON {t} USING (state = current_setting('app.state', true));\n"),
            format!("DROP POLICY p_{number} ON {t};\n"),
        ),
        _ => (
            format!(
                "ALTER TABLE {t} ADD due_{number} date DEFAULT '2026-11-21';\nUPDATE {t} SET due_{number} = NULL;\n"
            ),
            format!("ALTER TABLE {t} DROP due_{number};\n"),
        ),
    };
    (number % PERIOD == 8, up, down)
}
