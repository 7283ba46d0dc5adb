//! How far a section has come that is many transactions, in the row of its unfinished revision.

use super::Ledger;
use crate::database::quote::literal;
use crate::revision::RevisionId;

/// How much a section has done so far that is many transactions. One that has not begun: nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The rows that were touched or loaded.
    pub rows: u64,
    /// The transactions that did it.
    pub runs: u64,
    /// For a `[load]` by key: the last key that is in, as text.
    pub position: Option<String>,
}

impl Ledger {
    /// Keeps the progress of the section at which [`Ledger::reached`] has put a revision, in the same transaction. When
    /// the section ends, that of the next one is nothing.
    pub fn keep_progress(&self, id: &RevisionId, progress: &Progress) -> String {
        let position = progress.position.as_deref().map_or("NULL".to_owned(), literal);
        format!(
            "UPDATE {} SET rows = {}, runs = {}, position = {position} WHERE revision OPERATOR(pg_catalog.=) {};\n",
            self.name("unfinished"),
            progress.rows,
            progress.runs,
            literal(id.as_str())
        )
    }

    /// Runs a statement once, and keeps how many rows it touched on top of those that `before` has. `goes_on` is what
    /// puts the revision at this section and `ends` at the next one, which is done where no row was touched. All of it is
    /// one statement, for only the server knows the number within the transaction.
    ///
    /// It is followed by a result of one row: whether the section goes on, and its rows so far.
    pub fn counted_run(&self, id: &RevisionId, sql: &str, before: &Progress, goes_on: &str, ends: &str) -> String {
        let (unfinished, id_literal) = (self.name("unfinished"), literal(id.as_str()));
        let (rows, runs) = (before.rows, before.runs.saturating_add(1));
        let nothing = self.keep_progress(id, &Progress::default());
        let body = format!(
            "\nDECLARE\n    revgraph_touched bigint;\nBEGIN\n    EXECUTE {};\n    \
             GET DIAGNOSTICS revgraph_touched = ROW_COUNT;\n    IF revgraph_touched OPERATOR(pg_catalog.>) 0 THEN\n{goes_on}\
             UPDATE {unfinished} SET rows = {rows}::pg_catalog.int8 OPERATOR(pg_catalog.+) revgraph_touched, runs = {runs} \
             WHERE revision OPERATOR(pg_catalog.=) {id_literal};\n    ELSE\n{ends}{nothing}    END IF;\nEND\n",
            literal(sql),
        );
        format!(
            "DO {};\nSELECT runs OPERATOR(pg_catalog.>) 0, rows FROM {unfinished} \
             WHERE revision OPERATOR(pg_catalog.=) {id_literal};\n",
            literal(&body)
        )
    }
}
