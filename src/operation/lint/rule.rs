//! The rules: what each is called, and what is said when it finds something.

use serde::Serialize;

/// What a rule looks at, and what it says.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// What it is called, in `-- lint: allow …` and for tools. Never changes.
    pub name: &'static str,
    /// What it finds, in a line.
    pub finds: &'static str,
    /// What happens if nobody minds.
    pub why: &'static str,
    /// What to do instead.
    pub help: &'static str,
    /// Whether it is asked only where the user names it.
    pub opt_in: bool,
    /// Whether it is one of squawk's, under squawk's name, which the feature `lint` brings.
    pub squawk: bool,
}

impl Rule {
    const fn own(name: &'static str, finds: &'static str, why: &'static str, help: &'static str) -> Rule {
        Rule { name, finds, why, help, opt_in: false, squawk: false }
    }

    const fn squawk(name: &'static str, finds: &'static str, why: &'static str, help: &'static str) -> Rule {
        Rule { name, finds, why, help, opt_in: false, squawk: true }
    }

    const fn on_demand(self) -> Rule {
        Rule { opt_in: true, ..self }
    }

    /// Whether this build can ask it.
    pub fn is_built(&self) -> bool {
        !self.squawk || cfg!(feature = "lint")
    }
}

/// The rule of that name.
pub fn find(name: &str) -> Option<&'static Rule> {
    RULES.into_iter().find(|rule| rule.name == name)
}

pub(super) static MISSING_DOWN: Rule = Rule::own(
    "missing-down",
    "a revision that has neither a [down] section nor `irreversible`",
    "a downgrade that meets it stops before it has begun, and whoever must go back has to write the SQL in that very night",
    "write the [down] section now, or say in the header why there is none: `-- irreversible: …`",
);
pub(super) static EMPTY_DOWN: Rule = Rule::own(
    "empty-down",
    "a [down] section without a statement, below an [up] section that has some",
    "a downgrade reports success and changes nothing; the next upgrade then fails on what is still there",
    "undo what [up] does, or put `-- irreversible: …` with the reason into the header",
);
pub(super) static THIN_REASON: Rule = Rule::own(
    "thin-reason",
    "an `irreversible` that gives no reason",
    "whoever must go back reads it to learn what is lost and what to do instead",
    "say what can't be undone and what to do then, such as restoring a backup",
);
pub(super) static UNCONFIRMED_LOSS: Rule = Rule::own(
    "unconfirmed-loss",
    "an [up] that destroys data without asking for a phrase",
    "it runs with the next deployment, whoever deploys; what it takes is back only from a backup",
    "add `-- confirm: SOME PHRASE` to the header, so that nobody runs it unaware; or put what goes into a [retire] section",
);
pub(super) static NARROWING_TYPE: Rule = Rule::own(
    "narrowing-type",
    "a column whose new type may hold less than its values have",
    "a value that is too long fails the deployment halfway through the table; digits and fractions may be cut silently",
    "check the values first in a [verify] section of an earlier revision; if they fit, allow it",
);
pub(super) static WHOLE_TABLE_UPDATE: Rule = Rule::own(
    "whole-table-update",
    "an UPDATE of every row of a table that was there before",
    "all rows stay locked until the commit, the table may double in size, and a standby falls behind",
    "make it a [batch] section, whose statement takes some thousand rows a run by its WHERE",
);
pub(super) static DROP_CASCADE: Rule = Rule::own(
    "drop-cascade",
    "a CASCADE, which takes whatever depends on the object",
    "production may have more that depends on it than your database has: views, foreign keys, columns of a type",
    "name what goes, each in a statement of its own, and leave CASCADE out: PostgreSQL then refuses what was overlooked",
);
pub(super) static VOLATILE_SEED: Rule = Rule::own(
    "volatile-seed",
    "rows that get another value each time they are made",
    "two databases that ran the same history hold different data, and a squash would freeze what one replay happened to give",
    "write the value out as a literal; leave the clock, chance and the user's name to column defaults of rows that the app makes",
);
pub(super) static VOLATILE_DEFAULT: Rule = Rule::own(
    "volatile-default",
    "rows whose columns are filled by a default that differs each time",
    "two databases that ran the same history hold different data, and a squash would freeze what one replay happened to give",
    "give the column a literal value in the INSERT",
);
pub(super) static UNQUALIFIED_NAME: Rule = Rule::own(
    "unqualified-name",
    "a name without its schema, below a change of search_path",
    "what the name means hangs on a line far above it: moved, copied or run by hand, the statement meets another table",
    "write the schema in front of the name, and leave search_path alone",
);
pub(super) static NEW_ENUM_VALUE: Rule = Rule::own(
    "new-enum-value",
    "an enum's value that is used in the transaction that adds it",
    "PostgreSQL refuses a new value before the commit: the revision fails and is rolled back",
    "use the value in a later revision, or add it in a section of its own: `-- [up transaction=off]`",
);
pub(super) static REFRESH_BLOCKS_READERS: Rule = Rule::own(
    "refresh-blocks-readers",
    "REFRESH MATERIALIZED VIEW without CONCURRENTLY",
    "nobody can read the view until its query is done, and the transaction holds the lock until it commits",
    "write REFRESH MATERIALIZED VIEW CONCURRENTLY; the view needs a unique index for that",
);
pub(super) static REWRITE_BLOCKS_EVERYONE: Rule = Rule::own(
    "rewrite-blocks-everyone",
    "VACUUM FULL or CLUSTER, which rewrite a table under an exclusive lock",
    "nobody reads or writes the table until all of it is copied, and the copy needs as much room again",
    "leave it to plain VACUUM, or to pg_repack at a quiet time; it is no part of a schema's history",
);
pub(super) static CHANGE_OUTSIDE_TRANSACTION: Rule = Rule::own(
    "change-outside-transaction",
    "rows that change in a transaction=off section",
    "if the connection breaks there, nobody knows whether the statement took effect, and to run it again may do it twice",
    "put it into an [up] section of its own, without transaction=off, or into [batch]",
);
pub(super) static CLUSTER_WIDE: Rule = Rule::own(
    "cluster-wide",
    "a change of roles, databases, tablespaces or the server's settings",
    "it is outside of the database: a second database of the server fails on it, a scratch one changes the real server, a dump lacks it",
    "leave it to what sets up the server; grant to roles that are there",
);
pub(super) static IF_NOT_EXISTS: Rule = Rule::own(
    "if-not-exists",
    "IF NOT EXISTS or IF EXISTS, where the history says whether it is there",
    "what is there already may be something else, and the ledger says that it is this",
    "leave it out: revgraph runs a revision once, and an error tells of a database that is not what its history says",
)
.on_demand();
pub(super) static ENDLESS_BATCH: Rule = Rule::own(
    "endless-batch",
    "a [batch] whose statement touches the same rows again and again",
    "it runs until it touches no row, which it never comes to: the deployment goes on until somebody stops it",
    "let its WHERE take only rows that are not done yet, such as `WHERE new_column IS NULL`",
);
pub(super) static UNKNOWN_RULE: Rule = Rule::own(
    "unknown-rule",
    "a `lint: allow` that names no rule",
    "it allows nothing, and reads as if it did",
    "`revgraph lint --rules` lists the names",
);

static INDEX_CREATION: Rule = Rule::squawk(
    "require-concurrent-index-creation",
    "an index that is built without CONCURRENTLY on a table that was there before",
    "nobody writes to the table until the index is built, which takes minutes on a large one",
    "CREATE INDEX CONCURRENTLY, in a section of its own: `-- [up transaction=off]`",
);
static INDEX_DELETION: Rule = Rule::squawk(
    "require-concurrent-index-deletion",
    "an index that is dropped without CONCURRENTLY",
    "it waits for every query on the table, and all that come after wait behind it, readers too",
    "DROP INDEX CONCURRENTLY, in a section of its own: `-- [up transaction=off]`",
);
static NOT_VALID: Rule = Rule::squawk(
    "constraint-missing-not-valid",
    "a constraint that is checked against all rows while the table is locked",
    "nobody reads or writes the table until every row is checked",
    "add it NOT VALID, which takes no time, and VALIDATE CONSTRAINT it in a later revision, which lets others write",
);
static FOREIGN_KEY: Rule = Rule::squawk(
    "adding-foreign-key-constraint",
    "a foreign key that is checked against all rows while both tables are locked",
    "nobody writes to either table until every row is checked",
    "add it NOT VALID, and VALIDATE CONSTRAINT it in a later revision",
);
static UNIQUE: Rule = Rule::squawk(
    "disallowed-unique-constraint",
    "a UNIQUE constraint that builds its index while the table is locked",
    "nobody reads or writes the table until the index is built",
    "CREATE UNIQUE INDEX CONCURRENTLY in a transaction=off section, then ADD CONSTRAINT … UNIQUE USING INDEX in a later one",
);
static PRIMARY_KEY: Rule = Rule::squawk(
    "adding-serial-primary-key-field",
    "a primary key that is added to a table that was there before",
    "nobody reads or writes the table until its index is built and every row is known to have a value",
    "CREATE UNIQUE INDEX CONCURRENTLY first, then ADD PRIMARY KEY USING INDEX",
);
static DEFAULT: Rule = Rule::squawk(
    "adding-field-with-default",
    "a new column whose values must be computed for each row",
    "the whole table is written again while nobody can read it",
    "add the column without it, fill it in a [batch] section, and set the default for new rows",
);
static NOT_NULL: Rule = Rule::squawk(
    "adding-not-nullable-field",
    "SET NOT NULL on a column of a table that was there before",
    "nobody reads or writes the table until every row is checked",
    "add CHECK (… IS NOT NULL) NOT VALID, VALIDATE it in a later revision, and SET NOT NULL after that: it then looks at no row",
);
static REQUIRED: Rule = Rule::squawk(
    "adding-required-field",
    "a new column that is NOT NULL and has no default",
    "it fails on a table that has rows; on an empty one, the release that still runs can't insert any more",
    "give it a default, or add it nullable, fill it, and require it in a later revision",
);
static COLUMN_TYPE: Rule = Rule::squawk(
    "changing-column-type",
    "a column that changes its type",
    "most changes write the whole table and its indexes again while nobody can read it, and the release that still runs meets a type that it does not know",
    "add a column of the new type, fill it in a [batch] section, and move the app over; allow it where PostgreSQL rewrites nothing, as from varchar to text",
);
static RENAMED_COLUMN: Rule = Rule::squawk(
    "renaming-column",
    "a column that gets another name",
    "every query of the release that still runs fails from the commit on, and the one to go back to fails as well",
    "add the new column beside it until no release reads the old one; or deploy with the app stopped, and allow it",
);
static RENAMED_TABLE: Rule = Rule::squawk(
    "renaming-table",
    "a table that gets another name",
    "every query of the release that still runs fails from the commit on",
    "leave a view with the old name behind, or deploy with the app stopped, and allow it",
);
static RENAMED_OBJECT: Rule = Rule::squawk(
    "renaming-object",
    "something other than a table or column that gets another name",
    "the release that still runs may call it by the old one",
    "keep the old one until no release needs it, or allow it",
);
static SET_SCHEMA: Rule = Rule::squawk(
    "ban-set-schema",
    "something that moves to another schema",
    "the release that still runs looks for it where it was",
    "leave a view behind, or allow it where search_path has both schemas",
);
static TRUNCATE_CASCADE: Rule = Rule::squawk(
    "ban-truncate-cascade",
    "TRUNCATE … CASCADE, which empties every table that points at it, and those that point at these",
    "production may have more tables with such a foreign key than your database has",
    "name the tables, and leave CASCADE out: PostgreSQL then refuses what was overlooked",
);
static DOMAIN_CONSTRAINT: Rule = Rule::squawk(
    "ban-alter-domain-with-add-constraint",
    "a constraint on a domain, checked against each column that has it",
    "nobody writes to any table with such a column until all their rows are checked",
    "add it NOT VALID, and VALIDATE CONSTRAINT it in a later revision",
);
static IDENTIFIER: Rule = Rule::squawk(
    "identifier-too-long",
    "a name of more than 63 bytes",
    "PostgreSQL cuts it and says so only in a notice; what looks for the whole name does not find it",
    "give it a shorter name",
);
static DETACH: Rule = Rule::squawk(
    "require-concurrent-partition-detach",
    "DETACH PARTITION without CONCURRENTLY",
    "it waits for every query on the whole partitioned table, and all that come after wait behind it",
    "DETACH PARTITION … CONCURRENTLY, in a section of its own: `-- [up transaction=off]`",
);
static REINDEX: Rule = Rule::squawk(
    "require-concurrent-reindex",
    "REINDEX without CONCURRENTLY",
    "nobody writes to the table until the index is built again, and who needs this index can't read either",
    "REINDEX … CONCURRENTLY, in a section of its own: `-- [up transaction=off]`",
);
static TIMESTAMP: Rule = Rule::squawk(
    "prefer-timestamp-tz",
    "a timestamp without a time zone",
    "it means another moment to each session whose time zone differs",
    "write timestamptz",
)
.on_demand();
static CHAR: Rule = Rule::squawk(
    "ban-char-field",
    "a char(n) column",
    "values are filled up with spaces, which count in some comparisons and not in others",
    "write text, or varchar(n) where there must be a limit",
)
.on_demand();
static SERIAL: Rule = Rule::squawk(
    "prefer-identity",
    "a serial column",
    "its sequence has an owner and grants of its own, which copies and role changes forget",
    "write GENERATED ALWAYS AS IDENTITY",
)
.on_demand();
static INT: Rule = Rule::squawk(
    "prefer-bigint-over-int",
    "a column of 32 bits",
    "a key of this type ends at 2147483647, and to widen it writes the whole table again",
    "write bigint for keys and counters",
)
.on_demand();
static TABLE_SCHEMA: Rule = Rule::squawk(
    "require-table-schema",
    "a table's name without its schema",
    "which table it is depends on the search_path of whoever deploys",
    "write the schema in front of the name",
)
.on_demand();

/// All rules, in the order that they are listed in: revgraph's own, then squawk's.
pub static RULES: [&Rule; 42] = [
    &MISSING_DOWN,
    &EMPTY_DOWN,
    &THIN_REASON,
    &UNCONFIRMED_LOSS,
    &NARROWING_TYPE,
    &WHOLE_TABLE_UPDATE,
    &DROP_CASCADE,
    &VOLATILE_SEED,
    &VOLATILE_DEFAULT,
    &UNQUALIFIED_NAME,
    &NEW_ENUM_VALUE,
    &REFRESH_BLOCKS_READERS,
    &REWRITE_BLOCKS_EVERYONE,
    &CHANGE_OUTSIDE_TRANSACTION,
    &CLUSTER_WIDE,
    &ENDLESS_BATCH,
    &UNKNOWN_RULE,
    &IF_NOT_EXISTS,
    &INDEX_CREATION,
    &INDEX_DELETION,
    &NOT_VALID,
    &FOREIGN_KEY,
    &UNIQUE,
    &PRIMARY_KEY,
    &DEFAULT,
    &NOT_NULL,
    &REQUIRED,
    &COLUMN_TYPE,
    &RENAMED_COLUMN,
    &RENAMED_TABLE,
    &RENAMED_OBJECT,
    &SET_SCHEMA,
    &TRUNCATE_CASCADE,
    &DOMAIN_CONSTRAINT,
    &IDENTIFIER,
    &DETACH,
    &REINDEX,
    &TIMESTAMP,
    &CHAR,
    &SERIAL,
    &INT,
    &TABLE_SCHEMA,
];
