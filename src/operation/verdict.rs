//! Whether a verification holds: the one meaning that it has for a trial and for whoever asks later. Within a deployment the
//! ledger's function `verify` decides by the same rule (`database/ledger/migrations/V4__verify.sql`).

use postgres::SimpleQueryRow;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::database::ledger::result_sets;
use crate::database::{Client, ClientError};

/// How a verification went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "lowercase")]
pub enum Verdict {
    /// No row; or one whose column `ok` is true, with what stands beside it.
    Held {
        /// The other columns of that row.
        shown: Map<String, Value>,
    },
    /// One row whose `ok` is not true, or rows where there should be none.
    Failed {
        /// How many rows there are.
        rows: u64,
        /// The first ones.
        first: Vec<Map<String, Value>>,
    },
    /// The server could not run it.
    Error {
        /// What it said.
        message: String,
        /// The line of the file that it is about.
        at: usize,
    },
}

/// So many rows of a verification that failed are shown.
const SHOWN: usize = 5;

/// What stands before a verification's query where it is asked.
pub(super) const BEFORE_QUERY: &str = "SAVEPOINT revgraph_verify;\nSET LOCAL transaction_read_only = on;\n\
    SELECT pg_catalog.count(*) OVER (), pg_catalog.to_jsonb(verified) FROM (\n";

/// Asks one query, in the transaction that is open. It only reads, and what a function in it does is rolled back. Where it
/// fails, the transaction is to go back by [`UNDO`].
pub(super) fn ask(client: &mut Client, sql: &str) -> Result<Verdict, ClientError> {
    let messages = client.simple_query(&format!("{BEFORE_QUERY}{sql}\n) AS verified LIMIT {SHOWN};\n{UNDO}"))?;
    Ok(verdict(&result_sets(messages).into_iter().nth(2).unwrap_or_default()))
}

/// Puts back what a query has changed of the session, and what it has not come to.
pub(super) const UNDO: &str = "ROLLBACK TO revgraph_verify; RELEASE revgraph_verify";

fn verdict(rows: &[SimpleQueryRow]) -> Verdict {
    let content = |row: &SimpleQueryRow| match row.get(1).and_then(|text| serde_json::from_str(text).ok()) {
        Some(Value::Object(columns)) => columns,
        _ => Map::new(),
    };
    let mut first: Vec<Map<String, Value>> = rows.iter().map(content).collect();
    let number = rows.first().and_then(|row| row.get(0)?.parse().ok()).unwrap_or(0);
    match (number, first.as_mut_slice()) {
        (0, _) => Verdict::Held { shown: Map::new() },
        (1, [only]) if only.get("ok") == Some(&Value::Bool(true)) => {
            only.remove("ok");
            Verdict::Held { shown: std::mem::take(only) }
        }
        _ => Verdict::Failed { rows: number, first },
    }
}
