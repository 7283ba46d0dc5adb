//! revgraph in a program: on connections that are lent to it, on its own, and with files that are a part of the program.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex};

use postgres::NoTls;
use revgraph::{Deployed, Error};
use tokio::runtime::{Builder, Runtime};

use crate::harness::{Database, Project};

mod embedded;
mod examples;
mod failures;
mod sessions;
mod together;

/// The project as a program opens it.
pub fn open(project: &Project) -> revgraph::Project {
    revgraph::Project::find(project.path()).unwrap()
}

/// A chain of three, each of which makes a table.
pub fn chain() -> (Project, Database) {
    let project = Project::new();
    project.chain(3);
    (project, Database::new())
}

/// An executor of the kind that most small programs have.
pub fn executor() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// A connection of `tokio-postgres`, on the executor that this runs on.
pub async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Lines that a program's callback has gathered.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    pub fn tell(&self) -> impl Fn(&revgraph::Event<'_>) + Send + Sync + 'static {
        let lines = self.clone();
        move |event| lines.0.lock().unwrap().push(event.to_string())
    }

    pub fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// What was done, in order.
pub fn steps(deployed: &Deployed) -> Vec<String> {
    deployed.plan.steps.iter().map(|step| format!("{} {}", step.action, step.revision)).collect()
}

/// The kind of what went wrong.
pub fn kind<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    result.unwrap_err().kind()
}

#[test]
fn up_down_and_where_it_is() {
    let (project, database) = chain();
    let (project, mut client) = (open(&project), database.client());
    assert_eq!(project.pending(&mut client, "heads").unwrap().steps.len(), 3);
    let deployed = project.upgrade(&mut client, "r0002").unwrap();
    assert_eq!(steps(&deployed), ["up r0001", "up r0002"]);
    assert!(deployed.to_string().starts_with("2 revisions in "), "{deployed}");
    assert!(deployed.to_string().ends_with(" ms; now at r0002"), "{deployed}");
    assert_eq!(project.current(&mut client).unwrap().current[0].id.as_str(), "r0002");
    assert_eq!(project.check(&mut client).unwrap().pending.len(), 1);
    project.upgrade(&mut client, "heads".to_owned()).unwrap();
    assert!(project.check(&mut client).unwrap().is_clean());
    assert!(project.pending(&mut client, "heads").unwrap().steps.is_empty());
    let nothing = project.upgrade(&mut client, "heads").unwrap();
    assert!(nothing.is_empty());
    assert_eq!(nothing.to_string(), "nothing to do; the database is at r0003");
    assert_eq!(steps(&project.downgrade(&mut client, "r0001").unwrap()), ["down r0003", "down r0002"]);
    assert_eq!(database.tables(), ["t1"]);
    assert_eq!(database.applied(), ["r0001"]);
}

#[test]
fn the_same_with_futures_on_one_thread() {
    let (project, database) = chain();
    let project = open(&project);
    executor().block_on(async {
        let mut client = connect(&database.url()).await;
        assert_eq!(project.pending_async(&mut client, "heads").await.unwrap().steps.len(), 3);
        let deployed = project.upgrade_async(&mut client, "heads").await.unwrap();
        assert_eq!(steps(&deployed), ["up r0001", "up r0002", "up r0003"]);
        assert!(project.check_async(&mut client).await.unwrap().is_clean());
        assert_eq!(project.current_async(&mut client).await.unwrap().applied, 3);
        project.downgrade_async(&mut client, "base").await.unwrap();
    });
    assert_eq!(database.tables(), [""; 0]);
}

/// Its futures may go from thread to thread.
#[test]
fn the_same_with_futures_on_many_threads() {
    let (project, database) = chain();
    let project = open(&project);
    let executor = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let url = database.url();
    let deployed = executor.block_on(async move {
        let work = async move {
            let mut client = connect(&url).await;
            project.upgrade_async(&mut client, "heads").await
        };
        tokio::spawn(work).await.unwrap().unwrap()
    });
    assert_eq!(deployed.plan.steps.len(), 3);
}

#[test]
fn the_same_on_a_connection_of_its_own() {
    let (project, database) = chain();
    let project = open(&project);
    let server = project.connect(&database.url()).unwrap();
    let lines = Lines::default();
    server.upgrade(revgraph::Deploy::to("heads").on_event(lines.tell())).unwrap();
    assert_eq!(lines.all(), ["3 steps to do", "up r0001", "up r0002", "up r0003"]);
    assert!(server.pending("heads").unwrap().steps.is_empty());
    assert_eq!(server.current().unwrap().applied, 3);
    assert!(server.check().unwrap().is_clean());
    // Within an executor, too: it waits, but it works.
    executor().block_on(async { server.downgrade("base").unwrap() });
    assert_eq!(database.tables(), [""; 0]);
    assert_eq!(kind(project.connect("nowhere://")), "bad_connection_string");
}

/// What a pool hands out.
struct Pooled<C>(C);

impl<C> Deref for Pooled<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.0
    }
}

impl<C> DerefMut for Pooled<C> {
    fn deref_mut(&mut self) -> &mut C {
        &mut self.0
    }
}

#[test]
fn what_a_pool_hands_out_will_do() {
    let (project, database) = chain();
    let project = open(&project);
    // A pool's object holds a wrapper that holds the client.
    let mut pooled = Pooled(Pooled(database.client()));
    project.upgrade(&mut pooled, "r0001").unwrap();
    executor().block_on(async {
        let mut pooled = Pooled(Pooled(connect(&database.url()).await));
        project.upgrade_async(&mut pooled, "heads").await.unwrap();
    });
    assert_eq!(database.tables().len(), 3);
}

/// What programs keep in statics, hand from thread to thread, and put into their own errors.
#[test]
fn all_of_it_may_go_anywhere() {
    fn anywhere<T: Send + Sync + 'static>() {}
    anywhere::<revgraph::Project>();
    anywhere::<revgraph::Deploy>();
    anywhere::<revgraph::Deployed>();
    anywhere::<revgraph::Error>();
    anywhere::<revgraph::answers::Current>();
    anywhere::<revgraph::answers::Findings>();
}

#[test]
fn what_happens_is_told() {
    let (project, database) = chain();
    let (project, mut client) = (open(&project), database.client());
    let lines = Lines::default();
    project.upgrade(&mut client, revgraph::Deploy::to("heads").on_event(lines.tell())).unwrap();
    assert_eq!(lines.all(), ["3 steps to do", "up r0001", "up r0002", "up r0003"]);
    let nothing = Lines::default();
    project.upgrade(&mut client, revgraph::Deploy::to("heads").on_event(nothing.tell())).unwrap();
    assert_eq!(nothing.all(), [""; 0]);
}

#[test]
fn what_would_be_lost_takes_a_word() {
    let (project, database) = chain();
    let (project, mut client) = (open(&project), database.client());
    project.upgrade(&mut client, "heads").unwrap();
    database.execute("INSERT INTO t3 VALUES (1)");
    let error = project.downgrade(&mut client, "-1").unwrap_err();
    assert_eq!(error.kind(), "would_lose");
    let report = "this downgrade would lose 1 table\nhelp: nothing was touched; if that is what you want: \
                  Deploy::losing_data(), with a backup before it\n";
    assert_eq!(error.report(), report);
    assert_eq!(database.tables(), ["t1", "t2", "t3"]);
    let lines = Lines::default();
    let deploy = revgraph::Deploy::to("-1").losing_data().on_event(lines.tell());
    project.downgrade(&mut client, deploy).unwrap();
    assert_eq!(lines.all(), ["1 step to do", "this loses 1 table", "down r0003"]);
}

#[test]
fn a_phrase_is_asked_for() {
    let (project, database) = chain();
    project.revision("last", "parents: r0003\nconfirm: DROP THEM", "-- [up]\nDROP TABLE t1;\n");
    let (project, mut client) = (open(&project), database.client());
    assert_eq!(kind(project.upgrade(&mut client, "heads")), "not_confirmed");
    assert_eq!(database.tables(), [""; 0]);
    project.upgrade(&mut client, revgraph::Deploy::to("heads").confirm("DROP THEM")).unwrap();
    assert_eq!(database.tables(), ["t2", "t3"]);
}

/// Settings of the project hold, and what is said to one call goes before them.
#[test]
fn settings_hold() {
    let (project, database) = chain();
    project.write("revgraph.toml", "ledger_schema = \"migrations\"\nlock_timeout = \"3s\"\n");
    let sections =
        "-- [up]\nCREATE TABLE seen AS SELECT current_setting('lock_timeout') AS waits;\n-- [down]\nDROP TABLE seen;\n";
    project.revision("seen", "parents: r0003", sections);
    let (project, mut client) = (open(&project), database.client());
    project.upgrade(&mut client, "heads").unwrap();
    assert_eq!(database.value("SELECT waits FROM seen"), "3s");
    assert_eq!(database.value("SELECT count(*) FROM migrations.applied"), "4");
    let short = revgraph::Deploy::to("r0003").losing_data();
    project.downgrade(&mut client, short).unwrap();
    let short = revgraph::Deploy::to("heads").lock_timeout(std::time::Duration::from_millis(1500));
    project.upgrade(&mut client, short).unwrap();
    assert_eq!(database.value("SELECT waits FROM seen"), "1500ms");
}
