//! `diff` and `snapshot`: what differs between two databases, and what only looks as if it did.

use insta::assert_snapshot;
use serde_json::Value;

use crate::harness::{Database, Project, Proxy, Said};

mod expressions;
mod rows;
mod sides;

/// Two databases, made by one statement list each.
struct Pair {
    project: Project,
    before: Database,
    after: Database,
}

impl Pair {
    fn new(before: &str, after: &str) -> Pair {
        let pair = Pair { project: Project::new(), before: Database::new(), after: Database::new() };
        pair.before.execute(before);
        pair.after.execute(after);
        pair
    }

    /// The program's answer, with `A` and `B` for the databases.
    fn diff(&self, options: &[&str]) -> String {
        let said = self.say(options);
        let shown = |text: &str, url: &str, name: &str| text.replace(url.trim_end_matches("?sslmode=disable"), name);
        let said = shown(&said.to_string(), &self.before.url(), "A");
        shown(&said, &self.after.url(), "B")
    }

    fn say(&self, options: &[&str]) -> Said {
        self.project.run(&[&["diff", &self.before.url(), &self.after.url()], options].concat())
    }

    fn json(&self, options: &[&str]) -> Value {
        let said = self.say(&[options, &["--format", "json"]].concat());
        assert!(matches!(said.code, 0 | 3), "{said}");
        let view: Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!(view["equal"], Value::Bool(said.code == 0));
        view
    }

    /// What differs, as `+ kind name`, `- …` and `~ kind name attribute`.
    fn differences(&self, options: &[&str]) -> Vec<String> {
        let view = self.json(options);
        let name = |object: &Value| {
            let text = |key: &str| object[key].as_str().map(str::to_owned);
            let parts = [text("schema"), text("name"), text("part")];
            let name: Vec<String> = parts.into_iter().flatten().collect();
            format!("{} {}", text("kind").unwrap(), name.join("."))
        };
        let list = |key: &str| view[key].as_array().unwrap().clone();
        let mut found: Vec<String> = list("added").iter().map(|object| format!("+ {}", name(object))).collect();
        found.extend(list("removed").iter().map(|object| format!("- {}", name(object))));
        for object in list("changed") {
            for change in object["attributes"].as_array().unwrap() {
                found.push(format!("~ {} {}", name(&object), change["attribute"].as_str().unwrap()));
            }
        }
        found
    }
}

const SHOP: &str = "\
CREATE TABLE customer (id bigint PRIMARY KEY, email text NOT NULL, age int CONSTRAINT grown_up CHECK (age >= 18));
CREATE INDEX by_email ON customer (lower(email));
CREATE VIEW adults AS SELECT id, email, age FROM customer WHERE age > 21;
CREATE SCHEMA app;
CREATE TABLE app.setting (name text);
COMMENT ON TABLE app.setting IS 'what the app keeps';
";

const OTHER_SHOP: &str = "\
CREATE TABLE customer (id bigint PRIMARY KEY, email text, age int CONSTRAINT grown_up CHECK (age >= 21), since date);
CREATE UNIQUE INDEX by_email ON customer (lower(email));
CREATE VIEW adults AS SELECT id, email, age FROM customer WHERE age > 30;
CREATE SCHEMA app;
CREATE UNLOGGED TABLE app.setting (name text);
COMMENT ON TABLE app.setting IS 'what the app knows, which is more than it says, so that this line is a long one';
CREATE SCHEMA audit;
CREATE TABLE audit.event (at timestamptz DEFAULT now());
";

#[test]
fn a_difference_is_a_tree() {
    let pair = Pair::new(SHOP, OTHER_SHOP);
    assert_snapshot!(pair.diff(&[]), @"
    --- A
    +++ B
    schema app
      ~ table setting
          comment:
          - what the app keeps
          + what the app knows, which is more than it says, so that this line is a long one
          unlogged: no → yes
    + schema audit
      + table event
        + column at  timestamp with time zone
    schema public
      ~ view adults
          definition:
                customer.age
               FROM public.customer
          -   WHERE (customer.age > 21);
          +   WHERE (customer.age > 30);
        table customer
        ~ index by_email
            unique: no → yes
        ~ column email
            not null: yes → no
        ~ constraint grown_up
            check: (age >= 18) → (age >= 21)
        + column since  date
    4 added, 5 changed
    --- exit code 3
    ");
}

#[test]
fn equal_databases_have_no_difference() {
    let pair = Pair::new(SHOP, SHOP);
    assert_snapshot!(pair.diff(&["--data"]), @"
    no difference
    --- exit code 0
    ");
    assert_snapshot!(pair.diff(&["--format", "json"]), @r#"
    {
      "added": [],
      "after": {
        "name": "B",
        "server_version": 150018
      },
      "before": {
        "name": "A",
        "server_version": 150018
      },
      "changed": [],
      "equal": true,
      "expressions": {
        "different": 0,
        "not_possible": [],
        "same": 0
      },
      "not_compared": [],
      "removed": [],
      "rows": {
        "one_sided": false,
        "only_counted": [],
        "sequences": {},
        "tables": {}
      }
    }
    --- exit code 0
    "#);
}

#[test]
fn what_is_ignored_does_not_differ() {
    let pair = Pair::new(
        "CREATE TABLE t (a int, b text, CONSTRAINT one CHECK (a > 0)); CREATE INDEX x ON t (a); CREATE INDEX y ON t (b);
         COMMENT ON COLUMN t.a IS 'a'; ALTER TABLE t ALTER a SET STATISTICS 7; GRANT SELECT ON t TO PUBLIC;",
        "CREATE TABLE t (b text, a int, CONSTRAINT two CHECK (a > 0)); CREATE INDEX y ON t (a); CREATE INDEX z ON t (b);",
    );
    assert_snapshot!(pair.differences(&[]).join("\n"), @"
    + constraint public.t.two
    + index public.t.z
    - constraint public.t.one
    - index public.t.x
    ~ table public.t grants
    ~ column public.t.a comment
    ~ column public.t.a position
    ~ column public.t.a statistics
    ~ column public.t.b position
    ~ index public.t.y definition
    ");
    let names = "column-order,constraint-names,index-names";
    assert_snapshot!(pair.differences(&["--ignore", names]).join("\n"), @"
    ~ table public.t grants
    ~ column public.t.a comment
    ~ column public.t.a statistics
    ");
    let all = [names, "comments,grants,statistics-targets"].join(",");
    assert_eq!(pair.differences(&["--ignore", &all]), [""; 0]);
    assert_snapshot!(pair.diff(&["--ignore", "column_order,owner"]), @r#"
    --- standard error
    error: invalid value 'owner' for '--ignore <WHAT,…>': nothing is called "owner" here: did you mean owners?; there is column-order, constraint-names, index-names, owners, grants, comments, security-labels, tablespaces, table-access-methods, storage-parameters, storage, statistics-targets, clustering, replica-identity, extension-versions, database, publications, large-objects

    For more information, try '--help'.
    --- exit code 2
    "#);
}

#[test]
fn one_schema_alone_can_be_looked_at() {
    let pair = Pair::new(SHOP, OTHER_SHOP);
    assert_snapshot!(pair.differences(&["--schema", "app", "--schema", "audit"]).join("\n"), @"
    + schema audit
    + table audit.event
    + column audit.event.at
    ~ table app.setting comment
    ~ table app.setting unlogged
    ");
    assert_snapshot!(pair.diff(&["--schema", "ap"]), @r#"
    --- standard error
    error: there is no schema "ap"
    help: --schema takes the name as it is, without quotes
    --- exit code 1
    "#);
}

#[test]
fn a_password_is_never_shown() {
    let pair = Pair::new("CREATE TABLE t ()", "");
    let with_password = |database: &Database| database.url().replace("postgres@", "postgres:s3cret@");
    let sides = [with_password(&pair.before), with_password(&pair.after)];
    for format in ["text", "json"] {
        let said = pair.project.run(&["diff", &sides[0], &sides[1], "--format", format]);
        assert_eq!(said.code, 3, "{said}");
        assert!(said.out.contains(pair.before.name()), "{said}");
        assert!(!said.to_string().contains("s3cret"), "{said}");
    }
    let file = pair.project.path().join("s.json");
    pair.project.ok(&sides[0], &["snapshot", "-o", file.to_str().unwrap()]);
    assert!(!std::fs::read_to_string(file).unwrap().contains("s3cret"));
}

/// How often the servers answer in all.
fn cost(pair: &Pair, options: &[&str]) -> usize {
    let proxy = Proxy::start(pair.before.server().address());
    let sides = [proxy.url(&pair.before), proxy.url(&pair.after)];
    let said = pair.project.run(&[&["diff", &sides[0], &sides[1]], options].concat());
    assert_eq!(said.code, 3, "{said}");
    assert_eq!(proxy.connections(), 2);
    proxy.round_trips()
}

#[test]
fn a_comparison_costs_a_constant_number_of_round_trips() {
    let tables = |number: usize, check: &str| -> String {
        (0..number).map(|table| format!("CREATE TABLE t{table} (id int PRIMARY KEY, a int CHECK ({check}));")).collect()
    };
    let pair = |number| Pair::new(&tables(number, "a BETWEEN 1 AND 9 AND a <> 5"), &tables(number, "a < 7"));
    let (few, many) = (pair(1), pair(60));
    // On each side connecting, reading, and reading the expressions again that differ.
    assert_eq!(cost(&few, &[]), 6);
    for options in [&[][..], &["--data"], &["--counts"]] {
        let cost_of_few = cost(&few, options);
        assert!(cost_of_few <= 10, "{options:?}: {cost_of_few}");
        assert_eq!(cost(&many, options), cost_of_few, "{options:?}");
    }
}

#[test]
fn a_member_of_an_extension_that_was_changed_is_named() {
    let changed = "CREATE EXTENSION hstore; ALTER FUNCTION hstore_hash(hstore) COST 77;";
    let pair = Pair::new("CREATE EXTENSION hstore;", changed);
    let shown = pair.diff(&[]);
    let changes =
        |mark: &str| -> Vec<&str> { shown.lines().filter_map(|line| line.trim().strip_prefix(mark)).collect() };
    for mark in ["- ", "+ "] {
        let named = changes(mark);
        assert!(named.len() == 1 && named[0].starts_with("function public.hstore_hash(public.hstore) "), "{shown}");
    }
}
