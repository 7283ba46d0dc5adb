//! The rows of baselines. One in effect is a row of its own and one for each revision that it replaces; to adopt one is
//! to add its row, to expand one is to take it away.

use super::Ledger;
use super::write::{Actor, Entry, NOW, row};
use crate::database::quote::{literal, text_array};
use crate::revision::RevisionId;

impl Ledger {
    /// Rows that come without SQL of their own, such as those of what a baseline replaces when it is run up.
    pub fn bring(&self, actor: &Actor, entries: &[Entry]) -> String {
        if entries.is_empty() {
            return String::new();
        }
        let rows: Vec<String> = entries.iter().map(|entry| format!("({})", row(actor, entry))).collect();
        format!("INSERT INTO {} VALUES\n{};\n", self.name("applied"), rows.join(",\n"))
    }

    /// Takes rows away, in the transaction that runs their baseline down.
    pub fn take_rows(&self, ids: &[RevisionId]) -> String {
        if ids.is_empty() {
            return String::new();
        }
        let ids: Vec<&str> = ids.iter().map(RevisionId::as_str).collect();
        format!(
            "DELETE FROM {} WHERE id OPERATOR(pg_catalog.=) ANY ({}::pg_catalog.text[]);\n",
            self.name("applied"),
            text_array(&ids)
        )
    }

    /// Adds the row of a baseline of which all is in effect, with its event.
    pub fn adopt(&self, actor: &Actor, entry: &Entry) -> String {
        let insert = format!("INSERT INTO {} VALUES ({});\n", self.name("applied"), row(actor, entry));
        insert + &self.event(actor, "adopt", &entry.id)
    }

    /// Takes away the row of a baseline, but not what it stands for, with its event.
    pub fn expand(&self, actor: &Actor, baseline: &RevisionId) -> String {
        self.take_rows(std::slice::from_ref(baseline))
            + &self.free_members(baseline)
            + &self.event(actor, "expand", baseline)
    }

    /// Forgets that a baseline brought what it replaces.
    pub fn free_members(&self, baseline: &RevisionId) -> String {
        format!(
            "UPDATE {} SET through = NULL WHERE through OPERATOR(pg_catalog.=) {};\n",
            self.name("applied"),
            literal(baseline.as_str())
        )
    }

    /// An event of something that took no time.
    pub fn event(&self, actor: &Actor, action: &str, id: &RevisionId) -> String {
        format!(
            "INSERT INTO {} (at, run, action, revision, outcome, duration, actor, host, client) VALUES \
             ({NOW}, {}, '{action}', {}, 'done', '0', session_user, {}, {});\n",
            self.name("event"),
            literal(&actor.run),
            literal(id.as_str()),
            literal(&actor.host),
            literal(&actor.client)
        )
    }
}
