//! Every state of a database, every target, every way that the files may be squashed: what is in effect afterwards is
//! what it would be without any baseline. Without the command line, for there are many.

use std::sync::Arc;

use postgres::SimpleQueryMessage;
use revgraph::database::connect::{ConnectionSpec, Environment};
use revgraph::database::ledger::Actor;
use revgraph::database::{Location, Session};
use revgraph::graph::{Direction, Rows, Target};
use revgraph::operation::deploy::{DeployOptions, Deployed, Deployment, Unattended};
use revgraph::operation::plan::{plan_from, rows_from};
use revgraph::project::{Config, History};
use revgraph::revision::RevisionId;

use super::squash::load;
use super::{originals, squashed};
use crate::harness::{Database, Project};

/// How the files are squashed: the line as a whole, in two and three levels, with a baseline at its lower end, in its
/// middle and at its upper end, and as two side by side.
const LAYOUTS: [&[(&str, &[&str])]; 6] = [
    &[("line", &["a", "b", "c", "d"])],
    &[("low", &["a", "b"]), ("line", &["low", "c", "d"])],
    &[("mid", &["b", "c"]), ("line", &["a", "mid", "d"])],
    &[("low", &["a", "b"]), ("mid", &["low", "c"]), ("line", &["mid", "d"])],
    &[("top", &["c", "d"]), ("line", &["a", "b", "top"])],
    &[("low", &["a", "b"]), ("top", &["c", "d"])],
];

const STATES: [&[&str]; 9] = [&[], &["p"], &["a"], &["b"], &["c"], &["d"], &["x", "q"], &["q"], &["heads"]];
const WAYS: [(Direction, &[&str]); 2] = [
    (Direction::Up, &["a", "b", "c", "d", "x", "z", "heads"]),
    (Direction::Down, &["base", "p", "a", "b", "c", "d", "q"]),
];

/// One database, for one case after the other.
struct Bench {
    // In this order: the session ends before its database is dropped.
    session: Session,
    _database: Database,
    options: DeployOptions,
}

impl Bench {
    fn new() -> Bench {
        let database = Database::new();
        let spec = ConnectionSpec::resolve(Some(&database.url()), &Environment::new(|_| None)).unwrap();
        let session = Session::open(&Location::Server(Box::new(spec)), "run", Arc::new(|_| ())).unwrap();
        Bench { session, _database: database, options: DeployOptions::from(&Config::default()) }
    }

    fn go(&mut self, history: &History, direction: Direction, targets: &[&str]) -> Result<Deployed, revgraph::Error> {
        let targets: Vec<Target> = targets.iter().map(|target| target.parse().unwrap()).collect();
        let run = RevisionId::random().unwrap().to_string();
        let actor = Actor { run, host: String::new(), client: String::new() };
        let (session, options) = (&mut self.session, &self.options);
        Deployment { history, session, actor: &actor, options, attendant: &mut Unattended }.deploy(direction, &targets)
    }

    fn lines(&mut self, query: &str) -> Vec<String> {
        let messages = self.session.client().simple_query(query).unwrap();
        let row = |message| match message {
            SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default().to_owned()),
            _ => None,
        };
        messages.into_iter().filter_map(row).collect()
    }

    fn tables(&mut self) -> String {
        self.lines("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").concat()
    }

    /// What must hold of any ledger: the tables are those of its original revisions, a baseline that has a row has all
    /// that it replaces, and none is said to have brought anything without having a row.
    fn assert_sound(&mut self, context: &str) {
        let originals = self.lines("SELECT id FROM revgraph.applied WHERE length(id) = 1 ORDER BY id");
        assert_eq!(self.tables(), originals.concat(), "{context}");
        for broken in [
            "SELECT b.id || m FROM revgraph.applied b, unnest(b.replaces) m \
             WHERE NOT EXISTS (SELECT FROM revgraph.applied a WHERE a.id = m)",
            "SELECT id || through FROM revgraph.applied m WHERE through IS NOT NULL \
             AND NOT EXISTS (SELECT FROM revgraph.applied b WHERE b.id = m.through)",
            "SELECT a.id || n FROM revgraph.applied a, unnest(a.parents || a.depends_on) n \
             WHERE NOT EXISTS (SELECT FROM revgraph.applied b WHERE b.id = n)",
            "SELECT id FROM revgraph.applied WHERE source = '' OR up_checksum = '' OR lineage = ''",
        ] {
            assert_eq!(self.lines(broken), [""; 0], "{context}: {broken}");
        }
    }
}

/// The originals that are in effect after a command, without any baseline or database; none where it fails.
fn expected(plain: &History, state: &[&str], direction: Direction, target: &str) -> Option<String> {
    let parse = |target: &&str| target.parse::<Target>().unwrap();
    let rows: Rows = rows_from(plain, &state.iter().map(parse).collect::<Vec<_>>()).unwrap();
    let (_, plan) = plan_from(plain, direction.into(), &rows, &[parse(&target)]).ok()?;
    let mut ids: Vec<String> = plain.graph.ancestors(&plan.heads_after).iter().map(ToString::to_string).collect();
    ids.sort();
    Some(ids.concat())
}

/// Every command on the squashed files, from every state that `brought_by` has brought a database into. Afterwards,
/// whatever it was, the way leads up to all of it with every baseline recorded, and down to nothing.
fn every_way(brought_by: impl Fn(&[(&str, &[&str])]) -> Project, layouts: &[&[(&str, &[&str])]]) {
    let project = originals();
    let plain = load(&project);
    let mut bench = Bench::new();
    for layout in layouts {
        let (files, others) = (squashed(layout), brought_by(layout));
        let (history, bringer) = (load(&files), load(&others));
        let all_rows = plain.graph.len() + layout.len();
        for state in STATES {
            for (direction, targets) in WAYS {
                for target in targets {
                    let context = format!("{layout:?}: {state:?}, {direction} {target}");
                    bench.go(&bringer, Direction::Up, state).expect(&context);
                    let before = bench.tables();
                    let deployed = bench.go(&history, direction, &[target]);
                    let expected = expected(&plain, state, direction, target);
                    match (&deployed, expected) {
                        (Ok(_), Some(expected)) => assert_eq!(bench.tables(), expected, "{context}: {deployed:?}"),
                        (Err(_), None) => assert_eq!(bench.tables(), before, "{context}"),
                        (done, expected) => panic!("{context}: {expected:?}, {done:?}"),
                    }
                    bench.assert_sound(&context);
                    bench.go(&history, Direction::Up, &["heads"]).expect(&context);
                    assert_eq!(bench.tables(), "abcdpqxyz", "{context}");
                    assert_eq!(
                        bench.lines("SELECT count(*) FROM revgraph.applied"),
                        [all_rows.to_string()],
                        "{context}"
                    );
                    bench.assert_sound(&context);
                    bench.go(&history, Direction::Down, &["base"]).expect(&context);
                    assert_eq!(bench.tables(), "", "{context}");
                    bench.assert_sound(&context);
                }
            }
        }
    }
}

#[test]
fn brought_there_by_the_originals() {
    every_way(|_| originals(), &LAYOUTS[..3]);
}

#[test]
fn brought_there_by_the_originals_in_more_layouts() {
    every_way(|_| originals(), &LAYOUTS[3..]);
}

#[test]
fn brought_there_by_the_squashed_files() {
    every_way(squashed, &LAYOUTS[..3]);
}

#[test]
fn brought_there_by_the_squashed_files_in_more_layouts() {
    every_way(squashed, &LAYOUTS[3..]);
}
