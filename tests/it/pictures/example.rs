//! Histories as projects have them, of any size, and always the same of one size: a line from which branches leave for a
//! few revisions and come back, some at once, beside a second tree that depends on the first one.

use std::collections::VecDeque;

use crate::harness::{Database, Project, Seeded};

/// A project whose first revisions are a baseline's by now.
pub struct Example {
    pub project: Project,
    pub database: Database,
    /// The ids of what is archived, in order.
    pub archived: Vec<String>,
    /// The ids of the others, in the order that they were made in; the baseline is not among them.
    pub live: Vec<String>,
}

/// The baseline.
pub const BASELINE: &str = "5ba5e11ae000";

const NOUNS: [&str; 30] = [
    "account", "address", "article", "basket", "booking", "campaign", "carrier", "contract", "coupon", "customer",
    "device", "dispute", "invoice", "lead", "machine", "offer", "order", "parcel", "partner", "payment", "price",
    "product", "project", "refund", "report", "sensor", "shipment", "supplier", "ticket", "vehicle",
];
const ASPECTS: [&str; 20] = [
    "notes", "events", "lines", "files", "states", "owners", "limits", "rules", "labels", "visits", "quotes", "audits",
    "plans", "teams", "views", "terms", "scores", "routes", "drafts", "tokens",
];
const COLUMNS: [&str; 14] = [
    "currency",
    "priority",
    "closed_at",
    "origin",
    "locale",
    "reviewed_by",
    "weight",
    "colour",
    "external_id",
    "archived_at",
    "country",
    "reason",
    "channel",
    "checked_at",
];

/// A branch that is not merged yet.
struct Branch {
    tip: String,
    /// How many revisions it still gets.
    left: usize,
}

struct Maker {
    project: Project,
    seeded: Seeded,
    ids: Vec<String>,
    /// The tables that every branch has.
    common: Vec<String>,
    tables: usize,
    columns: usize,
}

impl Example {
    /// So many revisions are seen, one of them a baseline of so many.
    pub fn new(seen: usize, archived: usize) -> Example {
        let mut maker = Maker {
            project: Project::new(),
            seeded: Seeded(7 + seen as u64),
            ids: Vec::new(),
            common: Vec::new(),
            tables: 0,
            columns: 0,
        };
        maker.project.write("revgraph.toml", "[scratch]\nserver = true\n");
        let mut main = String::new();
        for _ in 0..archived {
            main = maker.table(&[&main], "");
            maker.common.push(table_name(maker.tables - 1));
        }
        maker.branches(main, seen - 1);
        let (database, mut ids) = (Database::new(), maker.ids);
        let live = ids.split_off(archived);
        let sink = &ids[archived - 1];
        let arguments = ["squash", "--to", sink, "--id", BASELINE, "-m", "everything up to version 1"];
        maker.project.ok(&database.url(), &arguments);
        Example { project: maker.project, database, archived: ids, live }
    }

    /// The database gets the first part of it, in tenths.
    pub fn upgrade(&self, tenths: usize) {
        let last = &self.live[self.live.len() * tenths / 10];
        self.project.ok(&self.database.url(), &["upgrade", last]);
    }
}

impl Maker {
    fn branches(&mut self, mut main: String, count: usize) {
        if count == 4 {
            let (left, right) = (self.table(&[&main], "labels: sales"), self.table(&[&main], "labels: support"));
            let merge = self.revision(&[&left, &right], "", "merge sales and support", "", "");
            self.column(&[&merge]);
            return;
        }
        let end = self.ids.len() + count;
        let mut open: VecDeque<Branch> = VecDeque::new();
        let mut tree = String::new();
        while self.ids.len() < end {
            let left = end - self.ids.len();
            let done = open.iter().filter(|branch| branch.left == 0).count();
            if done > 0 && (done == open.len() || self.seeded.below(3) == 0 || left <= 2) {
                let (ready, rest): (VecDeque<Branch>, VecDeque<Branch>) =
                    open.into_iter().partition(|branch| branch.left == 0);
                open = rest;
                let parents: Vec<&str> =
                    std::iter::once(main.as_str()).chain(ready.iter().map(|branch| branch.tip.as_str())).collect();
                main = self.revision(&parents, "", "merge the branches", "", "");
                continue;
            }
            match self.seeded.below(20) {
                0..4 if open.len() < 3 && left > 3 => {
                    let label =
                        if self.seeded.below(9) == 0 { format!("labels: {}", self.label()) } else { String::new() };
                    let tip = self.table(&[&main], &label);
                    open.push_back(Branch { tip, left: 1 + self.seeded.index(4) });
                }
                4..12 if open.iter().any(|branch| branch.left > 0) => {
                    let at = open.iter().position(|branch| branch.left > 0).unwrap_or(0);
                    let at = (at + self.seeded.index(open.len())) % open.len();
                    if open[at].left > 0 {
                        let tip = open[at].tip.clone();
                        open[at].tip =
                            if self.seeded.below(2) == 0 { self.column(&[&tip]) } else { self.table(&[&tip], "") };
                        open[at].left -= 1;
                    }
                }
                12 if count > 40 => {
                    // Another team's tree, which needs what the others have by now.
                    let header =
                        if tree.is_empty() { "labels: warehouse".to_owned() } else { format!("depends_on: {main}") };
                    tree = self.table(&[&tree], &header);
                }
                13..16 => main = self.index(&[&main]),
                16..18 => main = self.table(&[&main], ""),
                _ => main = self.column(&[&main]),
            }
        }
    }

    fn label(&mut self) -> String {
        format!("{}_{}", NOUNS[self.seeded.index(NOUNS.len())], self.ids.len())
    }

    fn table(&mut self, parents: &[&str], header: &str) -> String {
        let table = table_name(self.tables);
        self.tables += 1;
        let up = format!(
            "CREATE TABLE {table} (\n    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             name       text NOT NULL CHECK (name <> ''),\n    state      text NOT NULL DEFAULT 'new',\n    \
             created_at timestamptz NOT NULL DEFAULT now()\n);\n\n\
             COMMENT ON TABLE {table} IS 'What is kept of {}.';",
            table.replace('_', " ")
        );
        let message = format!("add {}", table.replace('_', " "));
        self.revision(parents, header, &message, &up, &format!("DROP TABLE {table};"))
    }

    fn column(&mut self, parents: &[&str]) -> String {
        let table = self.common[self.columns % self.common.len()].clone();
        let name = COLUMNS[self.columns / self.common.len() % COLUMNS.len()];
        self.columns += 1;
        let up = format!(
            "-- nullable at first: the application fills it\nALTER TABLE {table} ADD COLUMN {name} text;\n\
             UPDATE {table} SET {name} = 'unknown' WHERE created_at < '2026-01-01';"
        );
        let message = format!("{}: keep the {}", table.replace('_', " "), name.replace('_', " "));
        self.revision(parents, "", &message, &up, &format!("ALTER TABLE {table} DROP COLUMN {name};"))
    }

    fn index(&mut self, parents: &[&str]) -> String {
        let table = self.common[self.seeded.index(self.common.len())].clone();
        let name = format!("{table}_{}", self.ids.len());
        let up = format!("CREATE INDEX {name} ON {table} (state, created_at DESC)\n    WHERE state <> 'done';");
        let message = format!("find open {} at once", table.replace('_', " "));
        self.revision(parents, "", &message, &up, &format!("DROP INDEX {name};"))
    }

    fn revision(&mut self, parents: &[&str], header: &str, message: &str, up: &str, down: &str) -> String {
        let number = self.ids.len();
        let id = format!("{:012x}", self.seeded.below(1 << 48));
        let (day, hour) = (number / 2, 8 + number % 9);
        let created = chrono::NaiveDate::from_ymd_opt(2025, 1, 6).unwrap() + chrono::Days::new(day as u64);
        let parents: Vec<&str> = parents.iter().filter(|parent| !parent.is_empty()).copied().collect();
        let header = format!(
            "message:  {message}\nparents:  {}\ncreated:  {created}T{hour:02}:{:02}:00Z\n{header}",
            parents.join(" "),
            number * 7 % 60
        );
        let header = if parents.is_empty() { header.replace("parents:  \n", "") } else { header };
        self.project.revision(&id, &header, &format!("-- [up]\n{up}\n\n-- [down]\n{down}\n"));
        self.ids.push(id.clone());
        id
    }
}

fn table_name(number: usize) -> String {
    let (noun, round) = (number * 7 % NOUNS.len(), number / NOUNS.len());
    format!("{}_{}", NOUNS[noun], ASPECTS[(noun + 3 * round) % ASPECTS.len()])
}
