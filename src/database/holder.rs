//! A session of the server that is in the way: who it is, and what it does, as far as this role may see.

use std::fmt;

use postgres::SimpleQueryRow;

use crate::revision::sql;

/// The columns of a session, from `pg_stat_activity` as `a`; `pid` comes before them. What a session of another role
/// does is NULL to roles that may not see it.
pub(super) const COLUMNS: &str = "a.application_name, a.usename, \
    pg_catalog.to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), \
    pg_catalog.floor(extract(epoch FROM pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) a.xact_start)\
    ::pg_catalog.numeric)::pg_catalog.int8, a.state, \
    pg_catalog.to_char(a.state_change AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), a.query";

/// How many characters of a query are shown.
const LONGEST_QUERY: usize = 120;

/// A session that has what another one waits for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Holder {
    /// The backend.
    pub pid: Option<String>,
    /// Its application_name.
    pub application: Option<String>,
    /// The role.
    pub role: Option<String>,
    /// Since when its session is there, in UTC.
    pub since: Option<String>,
    /// How old its transaction is, in seconds, if it is in one.
    pub transaction: Option<u64>,
    /// What it does: `active`, `idle`, `idle in transaction`, …
    pub state: Option<String>,
    /// Since when, in UTC: when it began its query, or ended it.
    pub state_since: Option<String>,
    /// Its query, or the last one it ran, on one line: without what stood in quotes, which may be secret.
    pub query: Option<String>,
}

impl Holder {
    /// Reads a row of the session's number and [`COLUMNS`].
    pub(super) fn of(row: &SimpleQueryRow) -> Holder {
        let text = |column: usize| row.get(column).map(printable).filter(|text| !text.is_empty());
        Holder {
            pid: text(0),
            application: text(1),
            role: text(2),
            since: text(3),
            transaction: row.get(4).and_then(|age| age.parse().ok()),
            state: text(5),
            state_since: text(6),
            query: row.get(7).map(shown).filter(|query| !query.is_empty()),
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pid.as_deref() {
            // https://www.postgresql.org/docs/current/functions-info.html: so pg_blocking_pids() tells of one.
            Some("0") => return write!(f, "a prepared transaction (see pg_prepared_xacts)"),
            Some(pid) => write!(f, "pid {pid}")?,
            None => return write!(f, "a session that this role may not see"),
        }
        for (name, value) in
            [("application", &self.application), ("role", &self.role), ("connected since", &self.since)]
        {
            if let Some(value) = value {
                write!(f, ", {name} {value}")?;
            }
        }
        if let Some(seconds) = self.transaction {
            write!(f, ", in a transaction for {seconds} s")?;
        }
        let since = self.state_since.as_deref().map(|since| format!(" since {since}")).unwrap_or_default();
        match (self.state.as_deref(), &self.query) {
            (Some("active"), Some(query)) => write!(f, ", runs{since}: {query}"),
            (Some(state), Some(query)) => write!(f, ", {state}{since} after: {query}"),
            (Some(state), None) => write!(f, ", {state}{since}"),
            (None, _) => Ok(()),
        }
    }
}

/// A query as it may be shown to others: on one line, not long, nothing that a terminal would act on, and no literal.
/// The server may have cut it off anywhere.
fn shown(query: &str) -> String {
    // Enough of it for what is shown; the rest needs no reading.
    let beginning: String = query.chars().take(8 * LONGEST_QUERY).collect();
    let line = printable(&sql::without_literals(&beginning));
    let mut words = line.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((at, _)) = words.char_indices().nth(LONGEST_QUERY) {
        words.truncate(at);
        words.push('…');
    }
    words
}

/// A text with blanks for what isn't printed: control characters, and those that turn the direction of writing around.
fn printable(text: &str) -> String {
    text.chars().map(|c| if acts_on_terminal(c) { ' ' } else { c }).collect()
}

/// Whether a terminal would act on a character instead of showing it: control characters, and those that turn the
/// direction of writing around.
pub fn acts_on_terminal(c: char) -> bool {
    let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_QUERY, shown};

    #[test]
    fn a_query_is_one_short_line_without_secrets() {
        assert_eq!(shown("SELECT  1,\n\t2 -- why\r\n FROM /* a */ t"), "SELECT 1, 2 FROM t");
        assert_eq!(shown("ALTER ROLE r PASSWORD 'it''s secret'"), "ALTER ROLE r PASSWORD '…'");
        assert_eq!(shown("SELECT E'se\\'cret', $x$secret$x$, \"Name\", U&'s'"), "SELECT '…', '…', \"Name\", '…'");
        assert_eq!(shown("SELECT 'secret and cut o"), "SELECT '…'");
        assert_eq!(shown("DO $$ secret and cut o"), "DO '…'");
        assert_eq!(shown("\x1b[2J\u{202e}SELECT\u{9b}1"), "[2J SELECT 1");
        let long = format!("SELECT {}", "a, ".repeat(5000));
        assert_eq!(shown(&long).chars().count(), LONGEST_QUERY + 1);
    }
}
