//! The statements that write the ledger. They are made as text, because they travel in one message
//! together with what they record.

use chrono::{DateTime, SecondsFormat, Utc};

use super::Ledger;
use crate::database::message::{BEGIN, IMPATIENT, RESETS};
use crate::database::quote::{literal, text_array};
use crate::database::{Client, ClientError};
use crate::graph::{Action, Direction};
use crate::revision::{Checksum, RevisionId, Source};

/// The time now: the transaction's own stands still. Whatever the ledger calls is qualified, operators too, for a
/// `search_path` may name a schema before `pg_catalog`.
pub(super) const NOW: &str = "pg_catalog.clock_timestamp()";

/// Whether the server can see to it that a statement ends when its client is gone: from 14 on, and where the system
/// tells of connections that were closed. Elsewhere the setting is refused.
/// <https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-CLIENT-CONNECTION-CHECK-INTERVAL>
const CAN_WATCH_CLIENT: &str = "pg_catalog.current_setting('client_connection_check_interval', true) IS NOT NULL \
                                AND pg_catalog.version() OPERATOR(pg_catalog.~) 'linux'";

/// What makes the server look every two seconds whether the client is still there. It goes along with the first statement
/// of a step, so that it costs neither a round trip nor a statement.
fn watch_client(is_local: &str) -> String {
    format!("pg_catalog.set_config('client_connection_check_interval', '2000', {is_local})")
}

/// The same for a session, as a statement.
pub fn watch_client_of_session() -> String {
    format!("SELECT CASE WHEN {CAN_WATCH_CLIENT} THEN {} END;\n", watch_client("false"))
}

/// Who runs, for the events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// A nonce that names this run: 12 hex digits.
    pub run: String,
    /// The machine.
    pub host: String,
    /// revgraph's version.
    pub client: String,
}

/// All that the ledger keeps of a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: RevisionId,
    /// Its parents' ids, in full.
    pub parents: Vec<RevisionId>,
    /// The ids that it depends on, in full.
    pub depends_on: Vec<RevisionId>,
    /// Its own labels.
    pub labels: Vec<String>,
    /// Its message.
    pub message: String,
    /// Its whole file.
    pub source: Source,
    /// The checksum of its way up. None where nobody knows it: a baseline replaces it, and the archive is gone.
    pub up: Option<Checksum>,
    /// The checksum of its way down; none likewise.
    pub down: Option<Checksum>,
    /// Its lineage; none likewise.
    pub lineage: Option<Checksum>,
    /// What it stands for, if it is a baseline.
    pub replaces: Vec<RevisionId>,
    /// The baseline that brings it, if it doesn't run by itself.
    pub through: Option<RevisionId>,
}

/// What a stamp changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stamp {
    /// The rows that go.
    pub go: Vec<RevisionId>,
    /// The baselines of which the row alone goes.
    pub expand: Vec<RevisionId>,
    /// The rows that come.
    pub come: Vec<Entry>,
    /// What is told of it: an event's action and its revision.
    pub events: Vec<(&'static str, RevisionId)>,
}

/// What is known of the statement that a revision outside of transactions has reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It comes next, and has not begun.
    Next,
    /// It was about to run. If nothing is heard after it, nobody knows how it ended.
    Running,
    /// It failed.
    Failed,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Outcome::Next => "next",
            Outcome::Running => "running",
            Outcome::Failed => "failed",
        }
    }
}

/// The prepared statements of one message. Their names hold the run's nonce, so that they meet no one else's.
#[derive(Debug)]
pub struct Names {
    prefix: String,
}

impl Names {
    /// Names for the message of that number within a run.
    pub fn new(run: &str, message: usize) -> Names {
        Names { prefix: format!("revgraph_{run}_{message}") }
    }

    /// Whether a text begins with a step's first statement.
    pub fn is_begin(&self, text: &str) -> bool {
        text.strip_prefix("EXECUTE ")
            .and_then(|rest| rest.strip_prefix(&self.prefix))
            .is_some_and(|rest| rest.starts_with("_begin("))
    }
}

impl Ledger {
    /// Prepares the statements that each step of a message executes. Preparing once and executing often
    /// takes half the time of plain statements.
    ///
    /// They are prepared inside of a block of their own: PostgreSQL keeps the text of the message that a statement is
    /// prepared in, and copies it each time that the statement is executed.
    pub fn prepare(&self, names: &Names, actor: &Actor) -> String {
        let (state, applied, event) = (self.name("state"), self.name("applied"), self.name("event"));
        let refuse = self.name("refuse");
        let (run, host, client) = (literal(&actor.run), literal(&actor.host), literal(&actor.client));
        let prefix = &names.prefix;
        // The step's beginning, from the row that its own transaction wrote: none if that transaction is over.
        let step = format!(
            "step AS (SELECT coalesce((SELECT {NOW} OPERATOR(pg_catalog.-) started_at FROM {state} \
             WHERE xmin OPERATOR(pg_catalog.=) pg_catalog.pg_current_xact_id()::pg_catalog.xid), \
             {refuse}('revision_ended_its_transaction')::pg_catalog.interval) AS duration)"
        );
        let record = |action: &str| {
            format!(
                "INSERT INTO {event} (at, run, action, revision, outcome, duration, actor, host, client) \
                 VALUES ({NOW}, {run}, '{action}', $1, 'done', (SELECT duration FROM step), \
                 session_user, {host}, {client})"
            )
        };
        let (upgraded, downgraded) = (record("upgrade"), record("downgrade"));
        let begin = format!(
            "PREPARE {prefix}_begin (bigint) AS UPDATE {state} SET started_at = {NOW}, generation = \
             CASE WHEN $1 IS NULL OR generation OPERATOR(pg_catalog.=) $1 \
             THEN generation OPERATOR(pg_catalog.+) 1 ELSE {refuse}('ledger_has_moved')::pg_catalog.int8 END"
        );
        // Once a message it is looked at whether the server has the setting; a step then only makes it.
        let watching = format!("{begin} WHERE {} IS NOT NULL", watch_client("true"));
        let begin = format!(
            "    EXECUTE CASE WHEN {CAN_WATCH_CLIENT} THEN {} ELSE {} END;\n",
            literal(&watching),
            literal(&begin)
        );
        let (text, list) = ("pg_catalog.text", "pg_catalog.text[]");
        let up = [text, list, list, list, text, text, text, text, text, list].join(", ");
        let statements = [
            format!(
                "PREPARE {prefix}_up ({up}) AS \
                 WITH {step}, row AS (INSERT INTO {applied} VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL, \
                 {NOW}, session_user, (SELECT duration FROM step), {run})) {upgraded}"
            ),
            format!(
                "PREPARE {prefix}_down (pg_catalog.text) AS \
                 WITH {step}, row AS (DELETE FROM {applied} WHERE id OPERATOR(pg_catalog.=) $1) {downgraded}"
            ),
        ];
        let executes = statements.map(|statement| format!("    EXECUTE {};\n", literal(&statement))).concat();
        format!("DO {};\n", literal(&format!("\nBEGIN\n{begin}{executes}END\n")))
    }

    /// Lets the prepared statements go.
    pub fn deallocate(names: &Names) -> String {
        let prefix = &names.prefix;
        format!("DEALLOCATE {prefix}_begin; DEALLOCATE {prefix}_up; DEALLOCATE {prefix}_down;\n")
    }

    /// The first statement of a step's transaction: moves the generation on, or fails because it isn't the one
    /// that is expected. A script, which comes later, expects none.
    pub fn begin_step(names: &Names, generation: Option<i64>) -> String {
        let generation = generation.map_or("NULL".to_owned(), |generation| generation.to_string());
        format!("EXECUTE {}_begin({generation});\n", names.prefix)
    }

    /// The last statement of a step's transaction, in either direction.
    pub fn end_step(names: &Names, direction: Direction, entry: &Entry) -> String {
        match direction {
            Direction::Up => format!("EXECUTE {}_up({});\n", names.prefix, values(entry)),
            Direction::Down => format!("EXECUTE {}_down({});\n", names.prefix, literal(entry.id.as_str())),
        }
    }

    /// Tells the client at once that steps are done.
    pub fn progress(&self, actor: &Actor, action: Action, ids: &[&str]) -> String {
        let ids = literal(&ids.join(" "));
        format!("SELECT {}('{}', '{action}', {ids});\n", self.name("progress"), actor.run)
    }

    /// The transaction of a stamp. No SQL of a revision runs.
    pub fn stamp(&self, actor: &Actor, generation: i64, stamp: &Stamp) -> String {
        let mut text = self.begin() + &self.compare_and_swap(generation);
        for baseline in &stamp.expand {
            text += &self.take_rows(std::slice::from_ref(baseline));
            text += &self.free_members(baseline);
        }
        text += &self.take_rows(&stamp.go);
        text += &self.bring(actor, &stamp.come);
        text += &format!("DELETE FROM {};\n", self.name("unfinished"));
        for (action, id) in &stamp.events {
            text += &self.event(actor, action, id);
        }
        text + "COMMIT;\n"
    }

    /// Whether a text begins with the compare-and-swap as a plain statement.
    pub fn is_compare_and_swap(&self, text: &str) -> bool {
        text.starts_with(&format!("UPDATE {} SET started_at", self.name("state")))
    }

    /// The compare-and-swap as a plain statement.
    pub fn compare_and_swap(&self, generation: i64) -> String {
        format!(
            "UPDATE {} SET started_at = {NOW}, generation = CASE WHEN generation OPERATOR(pg_catalog.=) {generation} \
             THEN generation OPERATOR(pg_catalog.+) 1 ELSE {}('ledger_has_moved')::pg_catalog.int8 END \
             WHERE coalesce(CASE WHEN {CAN_WATCH_CLIENT} THEN {} END, '') IS NOT NULL;\n",
            self.name("state"),
            self.name("refuse"),
            watch_client("true")
        )
    }

    /// Keeps how far a revision outside of transactions has come: the place, and the checksum of what is done before it.
    pub fn reached(
        &self,
        actor: &Actor,
        id: &RevisionId,
        direction: Direction,
        (section, statement): (usize, usize),
        done: Checksum,
        outcome: Outcome,
    ) -> String {
        let outcome = outcome.word();
        format!(
            "INSERT INTO {} (revision, direction, section, statement, outcome, checksum, at, run) \
             VALUES ({}, '{direction}', {section}, {statement}, '{outcome}', '{}', {NOW}, {}) ON CONFLICT (revision) DO UPDATE SET direction = excluded.direction, section = excluded.section, \
             statement = excluded.statement, outcome = excluded.outcome, checksum = excluded.checksum, \
             at = excluded.at, run = excluded.run;\n",
            self.name("unfinished"),
            literal(id.as_str()),
            done,
            literal(&actor.run)
        )
    }

    /// Forgets how far a revision has come, because it is done.
    pub fn finished(&self, id: &RevisionId) -> String {
        format!(
            "DELETE FROM {} WHERE revision OPERATOR(pg_catalog.=) {};\n",
            self.name("unfinished"),
            literal(id.as_str())
        )
    }

    /// Makes a script stop unless the database is where the script begins.
    pub fn assert_applied(&self, expected: &[RevisionId], from: DateTime<Utc>) -> String {
        let mut expected: Vec<&str> = expected.iter().map(RevisionId::as_str).collect();
        expected.sort_unstable();
        let made = from.to_rfc3339_opts(SecondsFormat::Secs, true);
        let body = format!(
            "\nBEGIN\n    IF ARRAY(SELECT id COLLATE \"C\" FROM {} ORDER BY 1) OPERATOR(pg_catalog.<>) {}::pg_catalog.text[] THEN\n        \
             RAISE EXCEPTION 'this script of {made} is for a database with other revisions in effect';\n    \
             END IF;\nEND\n",
            self.name("applied"),
            text_array(&expected)
        );
        format!("DO {};\n", literal(&body))
    }
}

pub(super) fn values(entry: &Entry) -> String {
    let ids = |ids: &[RevisionId]| text_array(&ids.iter().map(RevisionId::as_str).collect::<Vec<_>>());
    let checksum = |checksum: Option<Checksum>| checksum.map(|checksum| checksum.to_string()).unwrap_or_default();
    format!(
        "{}, {}, {}, {}, {}, {}, '{}', '{}', '{}', {}",
        literal(entry.id.as_str()),
        ids(&entry.parents),
        ids(&entry.depends_on),
        text_array(&entry.labels),
        literal(&entry.message),
        literal(entry.source.text()),
        checksum(entry.up),
        checksum(entry.down),
        checksum(entry.lineage),
        ids(&entry.replaces)
    )
}

/// The whole row of a revision that no SQL is run for.
pub(super) fn row(actor: &Actor, entry: &Entry) -> String {
    let through = entry.through.as_ref().map_or("NULL".to_owned(), |through| literal(through.as_str()));
    format!("{}, {through}, {NOW}, session_user, '0', {}", values(entry), literal(&actor.run))
}

/// Writes the event of a failure, in a transaction of its own, after ending the failed one.
pub fn record_failure(
    client: &mut Client,
    ledger: &Ledger,
    actor: &Actor,
    action: &str,
    revision: &RevisionId,
    error: &str,
) -> Result<(), ClientError> {
    client.batch_execute(&format!(
        "ROLLBACK;\n{BEGIN}{RESETS}{}INSERT INTO {} (at, run, action, revision, outcome, error, actor, host, client) \
         VALUES ({NOW}, {}, {}, {}, 'failed', {}, session_user, {}, {});\n{IMPATIENT}COMMIT",
        ledger.patience(),
        ledger.name("event"),
        literal(&actor.run),
        literal(action),
        literal(revision.as_str()),
        literal(error),
        literal(&actor.host),
        literal(&actor.client)
    ))
}
