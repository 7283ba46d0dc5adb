//! What is disturbed: a command, the project that it runs in, and the database that it finds.

use crate::baselines::squash;
use crate::harness::{Database, Project, Server};
use crate::retire::fix_day;

/// An operation that a fault meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A chain in transactions, from a database that has not even a ledger.
    Upgrade,
    /// Down the same chain, and across an index that goes concurrently.
    Downgrade,
    /// A `[batch]` of many runs.
    Batch,
    /// Indexes that are built concurrently, among other statements outside of transactions.
    Index,
    /// A database that has a part of what a baseline replaces.
    Adopt,
    /// Objects that are renamed away.
    Retire,
    /// The same objects on their way back.
    BringBack,
}

impl Operation {
    pub const ALL: [Operation; 7] = [
        Operation::Upgrade,
        Operation::Downgrade,
        Operation::Batch,
        Operation::Index,
        Operation::Adopt,
        Operation::Retire,
        Operation::BringBack,
    ];

    /// The command that is disturbed, and that must end it all when it is given again.
    pub fn arguments(self) -> &'static [&'static str] {
        match self {
            Operation::Downgrade | Operation::BringBack => &["downgrade", "log", "--yes"],
            _ => &["upgrade"],
        }
    }

    /// Makes what it finds.
    pub fn prepare(self, server: &'static Server) -> (Project, Database) {
        let (project, database) = (Project::new(), Database::on(server));
        // Where `drift` builds.
        project.write("revgraph.toml", "[scratch]\nserver = true\n");
        project.revision("log", "", LOG);
        match self {
            Operation::Upgrade => chain(&project, "log", &["a1", "a2", "a3", "a4", "a5", "a6"]),
            Operation::Downgrade => {
                chain(&project, "log", &["a1", "a2", "a3"]);
                project.revision("s1", "parents: a3", INDEX_THAT_GOES);
                chain(&project, "s1", &["a4", "a5"]);
                project.ok(&database.url(), &["upgrade"]);
            }
            Operation::Batch => {
                project.ok(&database.url(), &["upgrade"]);
                project.revision("s1", "parents: log", BATCH);
                chain(&project, "s1", &["a1"]);
            }
            Operation::Index => {
                project.ok(&database.url(), &["upgrade"]);
                project.revision("s1", "parents: log", INDEXES);
                chain(&project, "s1", &["a1"]);
            }
            Operation::Adopt => {
                chain(&project, "log", &["a1", "a2", "a3", "a4", "a5"]);
                project.ok(&database.url(), &["upgrade", "a2"]);
                squash(&project, "line", &["a1", "a2", "a3", "a4"]);
            }
            Operation::Retire | Operation::BringBack => {
                project.ok(&database.url(), &["upgrade"]);
                // The same names all the time, should the day end meanwhile.
                fix_day(&database, "20260101");
                retirings(&project);
                if self == Operation::BringBack {
                    project.ok(&database.url(), &["upgrade"]);
                }
            }
        }
        (project, database)
    }
}

/// What all of them begin with: where statements leave a trace, and what they work on.
const LOG: &str = "-- [up]
CREATE TABLE ran (what text NOT NULL);
CREATE TYPE mood AS ENUM ('ok', 'sad');
CREATE TABLE d (id int PRIMARY KEY, writes int NOT NULL DEFAULT 0, feels mood NOT NULL DEFAULT 'ok', note text UNIQUE);
INSERT INTO d (id, note) SELECT n, 'note ' || n FROM generate_series(1, 60) n;
-- [down]
DROP TABLE d;
DROP TYPE mood;
DROP TABLE ran;
";

/// Revisions in a line, each one a transaction that can be seen to have run.
fn chain(project: &Project, parent: &str, ids: &[&str]) {
    let mut parent = parent;
    for id in ids {
        let sections = format!(
            "-- [up]\n\
             CREATE TABLE t_{id} (id int PRIMARY KEY REFERENCES d, body text NOT NULL);\n\
             INSERT INTO t_{id} SELECT id, repeat(note, 20) FROM d;\n\
             CREATE INDEX ON t_{id} (body);\n\
             INSERT INTO ran VALUES ('{id} up');\n\n\
             -- [down]\n\
             DROP TABLE t_{id};\n\
             INSERT INTO ran VALUES ('{id} down');\n\n\
             -- [verify]\n\
             SELECT count(*) = 60 AS ok FROM t_{id};\n"
        );
        project.revision(id, &format!("parents: {parent}"), &sections);
        parent = id;
    }
}

const INDEX_THAT_GOES: &str = "-- [up transaction=off]
CREATE INDEX CONCURRENTLY i ON d (writes);
-- [down]
INSERT INTO ran VALUES ('s1 down, first');
-- [down transaction=off]
DROP INDEX CONCURRENTLY i;
INSERT INTO ran VALUES ('s1 down, outside');
-- [down]
INSERT INTO ran VALUES ('s1 down, last');
";

const BATCH: &str = "-- [up]
INSERT INTO ran VALUES ('s1 up, first');
-- [batch]
UPDATE d SET writes = writes + 1 WHERE id IN (SELECT id FROM d WHERE writes = 0 ORDER BY id LIMIT 4);
-- [up]
INSERT INTO ran VALUES ('s1 up, last');
-- [down]
UPDATE d SET writes = 0;
";

const INDEXES: &str = "-- [up]
INSERT INTO ran VALUES ('s1 up, first');
-- [up transaction=off]
CREATE INDEX CONCURRENTLY i ON d (writes);
INSERT INTO ran VALUES ('s1 up, outside');
ALTER TYPE mood ADD VALUE 'new';
CREATE UNIQUE INDEX CONCURRENTLY u ON d (note, id);
-- [up]
INSERT INTO ran VALUES ('s1 up, last');
-- [down]
DROP INDEX u;
DROP INDEX i;
";

/// Two revisions that retire, with others between and behind them, of which one takes a name that has become free.
fn retirings(project: &Project) {
    let with = |id: &str, rest: &str| {
        format!(
            "-- [up]\nCREATE TABLE u_{id} (id int);\nINSERT INTO ran VALUES ('{id} up');\n{rest}\
             -- [down]\nDROP TABLE u_{id};\nINSERT INTO ran VALUES ('{id} down');\n"
        )
    };
    project.revision("a1", "parents: log", &with("a1", "-- [retire]\ncolumn public.d.note\n"));
    project.revision("a2", "parents: a1", &with("a2", "-- [retire]\ntable public.d\n"));
    let anew = "-- [up]\nCREATE TABLE d (id int PRIMARY KEY);\nINSERT INTO ran VALUES ('a3 up');\n\
                -- [down]\nDROP TABLE d;\nINSERT INTO ran VALUES ('a3 down');\n";
    project.revision("a3", "parents: a2", anew);
    project.revision("a4", "parents: a3", &with("a4", "-- [retire]\ntype public.mood\n"));
}
