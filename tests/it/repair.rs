//! What is wrong in a ledger, and mending it.

mod history;
mod writers;

use std::sync::Arc;

use postgres::Client;
use revgraph::database::connect::{ConnectionSpec, Environment};
use revgraph::database::ledger::Actor;
use revgraph::database::{Location, Session};
use revgraph::operation::deploy::{Attendant, DeployOptions, Deployment};
use revgraph::operation::repair::Mends;
use revgraph::project::{Config, History};
use revgraph::revision::RevisionId;

use crate::harness::{Database, Project, Said};

fn run(project: &Project, database: &Database, arguments: &[&str]) -> Said {
    let said = project.run_on(&database.url(), arguments);
    Said { err: said.complaint(), ..said }
}

fn repair(project: &Project, database: &Database, arguments: &[&str]) -> Said {
    run(project, database, &[&["repair"], arguments].concat())
}

/// Three revisions in effect.
fn deployed() -> (Project, Database) {
    let (project, database) = (Project::new(), Database::new());
    project.chain(3);
    project.ok(&database.url(), &["upgrade"]);
    (project, database)
}

fn edit(project: &Project, id: &str, from: &str, to: &str) {
    let path = project.path().join(format!("revisions/{id}.sql"));
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    std::fs::write(path, text.replace(from, to)).unwrap();
}

/// The lineages of all rows.
fn lineages(database: &Database) -> Vec<String> {
    database.rows("SELECT id, lineage FROM revgraph.applied ORDER BY id")
}

#[test]
fn nothing_is_wrong() {
    let (project, database) = deployed();
    insta::assert_snapshot!(repair(&project, &database, &[]), @"
    ok: nothing is wrong in the ledger
    --- exit code 0
    ");
    insta::assert_snapshot!(repair(&project, &database, &["--accept", "r0002", "--yes"]), @"
    --- standard error
    error: the ledger has r0002 as its file says
    help: `revgraph repair` shows what is wrong, and what mends it
    --- exit code 1
    ");
    insta::assert_snapshot!(repair(&project, &database, &["--forget", "r0002", "--yes"]), @"
    --- standard error
    error: r0002 is not unfinished
    help: `revgraph repair` shows what is wrong, and what mends it
    --- exit code 1
    ");
    assert_eq!(repair(&project, &database, &["--accept", "r0009", "--yes"]).code, 1);
    assert_eq!(database.events().len(), 3, "none of it was written");
}

#[test]
fn an_agreed_edit() {
    let (project, database) = deployed();
    edit(&project, "r0002", "(id int);", "(id int); -- the second");
    insta::assert_snapshot!(repair(&project, &database, &[]), @"
    changed since it ran r0002 (revisions/r0002.sql): comments or white space
      --- as it ran
      +++ the file now
      @@ -2,7 +2,7 @@
       -- parents: r0001
       
       -- [up]
      -CREATE TABLE t2 (id int);
      +CREATE TABLE t2 (id int); -- the second
       
       -- [down]
       DROP TABLE t2;
      agreed? `revgraph repair --accept r0002` takes the file as what ran; else put it back
    --- exit code 3
    ");
    insta::assert_snapshot!(repair(&project, &database, &["--accept", "r0002"]), @"
    --- standard error
    error: not done, for nobody has agreed to it: take what the files say of r0002 as what ran, and write 2 lineages
    help: if that is what you want: --yes
    --- exit code 1
    ");
    assert_eq!(run(&project, &database, &["upgrade"]).code, 1, "nobody has agreed");
    insta::assert_snapshot!(repair(&project, &database, &["--accept", "r0002", "--yes"]), @"
    accepted r0002; 2 lineages written
    --- exit code 0
    ");
    assert_eq!(database.events().last().unwrap(), "repair r0002 done");
    assert_eq!(run(&project, &database, &["check"]).out, "ok: 3 revisions sound, and the database agrees\n");
    // The ledger is what it would be, had the file always been this one.
    let fresh = Database::new();
    project.ok(&fresh.url(), &["upgrade"]);
    assert_eq!(lineages(&database), lineages(&fresh));
    let content = "SELECT parents, depends_on, labels, message, source, up_checksum, down_checksum FROM revgraph.applied ORDER BY id";
    assert_eq!(database.rows(content), fresh.rows(content));
    assert_eq!(database.value("SELECT count(DISTINCT run) FROM revgraph.applied"), "1", "when it ran stays as it was");
}

#[test]
fn an_edit_that_is_not_agreed_stays_one() {
    let (project, database) = deployed();
    edit(&project, "r0001", "(id int);", "(id int);\n-- one");
    edit(&project, "r0002", "(id int);", "(id int);\n-- two");
    let json = repair(&project, &database, &["--accept", "r0002", "--yes", "--format", "json"]).json();
    assert_eq!(json["accepted"], serde_json::json!(["r0002"]));
    assert_eq!(json["lineages"], serde_json::json!(["r0002", "r0003"]));
    let found = run(&project, &database, &["check", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&found.out).unwrap();
    let changed: Vec<&str> =
        found["changed"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(changed, ["r0001"]);
    project.ok(&database.url(), &["repair", "--accept", "r0001", "--yes"]);
    assert_eq!(run(&project, &database, &["check"]).code, 0);
}

#[test]
fn another_place_in_the_graph() {
    let (project, database) = deployed();
    edit(&project, "r0003", "-- parents: r0002", "-- parents: r0001");
    assert_eq!(run(&project, &database, &["upgrade"]).code, 1);
    project.ok(&database.url(), &["repair", "--accept", "r0003", "--yes"]);
    assert_eq!(run(&project, &database, &["check"]).code, 0);
    assert_eq!(database.value("SELECT parents FROM revgraph.applied WHERE id = 'r0003'"), "{r0001}");
    project.ok(&database.url(), &["downgrade", "r0002@-1"]);
    assert_eq!(database.applied(), ["r0001", "r0003"]);
}

#[test]
fn what_stands_on_it_without_a_file_goes_along() {
    let (project, database) = deployed();
    std::fs::remove_file(project.path().join("revisions/r0003.sql")).unwrap();
    edit(&project, "r0002", "(id int);", "(id int); -- the second");
    project.ok(&database.url(), &["repair", "--accept", "r0002", "--yes"]);
    project.ok(&database.url(), &["recover"]);
    assert_eq!(run(&project, &database, &["check"]).code, 0);
}

#[test]
fn a_text_that_somebody_has_written_into() {
    let (project, database) = deployed();
    database.execute(
        "UPDATE revgraph.applied SET source = source || '--' WHERE id = 'r0002'; \
                      UPDATE revgraph.applied SET source = '' WHERE id = 'r0003'",
    );
    insta::assert_snapshot!(repair(&project, &database, &[]), @"
    foreign r0002: the text in the ledger is not what was recorded: its way down has another checksum
      `revgraph repair --accept r0002` puts the file's text there
      `revgraph check` tells who may write the ledger
    foreign r0003: the text in the ledger is not what was recorded: it is empty
      `revgraph repair --accept r0003` puts the file's text there
      `revgraph check` tells who may write the ledger
    --- exit code 3
    ");
    project.ok(&database.url(), &["repair", "--accept", "r0002", "--accept", "r0003", "--yes"]);
    assert_eq!(repair(&project, &database, &[]).out, "ok: nothing is wrong in the ledger\n");
    std::fs::remove_file(project.path().join("revisions/r0003.sql")).unwrap();
    insta::assert_snapshot!(repair(&project, &database, &[]), @"
    missing: in effect, but without a file: r0003
      `revgraph recover` writes their files from the ledger, `revgraph downgrade TARGET --from-ledger` undoes them by it
    --- exit code 3
    ");
}

const OFF: &str = "-- [up transaction=off]\nCREATE TABLE a ();\nSELECT 1 / 0;\n-- [down]\nDROP TABLE a;\n";

#[test]
fn what_stopped_in_the_middle_and_was_undone_by_hand() {
    let (project, database) = deployed();
    project.revision("off", "parents: r0003", OFF);
    assert_eq!(run(&project, &database, &["upgrade"]).code, 1);
    insta::assert_snapshot!(repair(&project, &database, &[]), @"
    unfinished off: stopped on its way up in section 1 at statement 2
      `revgraph upgrade` goes on where it stopped
      if it was undone or ended by hand: `revgraph repair --forget off`, or `revgraph stamp`
    --- exit code 3
    ");
    database.execute("DROP TABLE a");
    insta::assert_snapshot!(repair(&project, &database, &["--forget", "off"]), @"
    --- standard error
    error: not done, for nobody has agreed to it: forget that off began
    help: if that is what you want: --yes
    --- exit code 1
    ");
    insta::assert_snapshot!(repair(&project, &database, &["--forget", "off", "--yes"]), @"
    forgotten off
    --- exit code 0
    ");
    project.revision("off", "parents: r0003", &OFF.replace("1 / 0", "1"));
    project.ok(&database.url(), &["upgrade"]);
    assert_eq!(database.events()[4..], ["repair off done", "upgrade off done"]);
    // A row of a way that is done is one that nothing goes on with.
    database.execute("INSERT INTO revgraph.unfinished SELECT 'off', 'up', 0, 1, 'running', up_checksum, now(), run FROM revgraph.applied WHERE id = 'off'");
    insta::assert_snapshot!(repair(&project, &database, &[]), @"
    unfinished off: stopped on its way up in section 1 at statement 2, and nobody knows how that ended
      it is stale, for that way is done: `revgraph repair --forget off`
    --- exit code 3
    ");
    assert_eq!(run(&project, &database, &["upgrade"]).code, 1);
    project.ok(&database.url(), &["repair", "--forget", "off", "--yes"]);
    project.ok(&database.url(), &["upgrade"]);
}

#[test]
fn a_lock_that_a_pool_keeps() {
    let (project, database) = deployed();
    let key = revgraph::database::ledger::Ledger::new("revgraph").lock_key();
    let mut holder: Client = database.client();
    holder.batch_execute("SET application_name = 'pool 7'").unwrap();
    let pid: i32 = holder.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
    holder.execute("SELECT pg_advisory_lock($1)", &[&key]).unwrap();
    let since = database.value(&format!(
        "SELECT to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') || '|' || \
         to_char(state_change AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM pg_stat_activity WHERE pid = {pid}"
    ));
    let said = repair(&project, &database, &[]).to_string().replace(&pid.to_string(), "PID");
    let said = since.split('|').fold(said, |said, time| said.replace(time, "THEN"));
    insta::assert_snapshot!(said, @"
    lock: the deployers' lock is held by a session that does nothing: pid PID, application pool 7, role postgres, connected since THEN, idle since THEN after: SELECT pg_advisory_lock($1)
      the lock goes with that session: its client may be gone, or a pool may keep the session
      if nobody deploys: SELECT pg_terminate_backend(PID)
    --- exit code 3
    ");
    let locked = repair(&project, &database, &["--forget", "x", "--yes", "--lock-wait", "0", "--format", "json"]);
    assert_eq!(locked.error()["kind"], "locked");
    drop(holder);
}

#[test]
fn tools_get_all_of_it() {
    let (project, database) = deployed();
    project.revision("off", "parents: r0003", OFF);
    run(&project, &database, &["upgrade"]);
    edit(&project, "r0001", "CREATE", "create");
    std::fs::remove_file(project.path().join("revisions/r0002.sql")).unwrap();
    let said = repair(&project, &database, &["--format", "json"]);
    assert_eq!(said.code, 3);
    let mut found: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    found["changed"][0]["diff"] = "…".into();
    insta::assert_snapshot!(serde_json::to_string_pretty(&found).unwrap(), @r#"
    {
      "changed": [
        {
          "diff": "…",
          "id": "r0001",
          "only_comments": false,
          "only_lineage": false,
          "path": "revisions/r0001.sql"
        }
      ],
      "down_changed": [],
      "foreign": [],
      "gaps": [],
      "idle_holder": null,
      "missing": [
        "r0002"
      ],
      "not_compared": null,
      "unfinished": [
        {
          "direction": "up",
          "revision": "off",
          "section": 1,
          "stale": false,
          "statement": 2,
          "unknown_outcome": false
        }
      ]
    }
    "#);
}

/// Agrees, and lets somebody else change the ledger meanwhile.
struct Overtaken<'a>(&'a Database);

impl Attendant for Overtaken<'_> {
    fn agrees(&mut self, _question: &str) -> bool {
        self.0.execute("UPDATE revgraph.state SET generation = generation + 1");
        true
    }
}

#[test]
fn whoever_is_overtaken_writes_nothing() {
    let (project, database) = deployed();
    edit(&project, "r0002", "(id int);", "(id int); -- the second");
    let before = lineages(&database);
    let spec = ConnectionSpec::resolve(Some(&database.url()), &Environment::new(|_| None)).unwrap();
    let mut session = Session::open(&Location::Server(Box::new(spec)), "run", Arc::new(|_| ())).unwrap();
    let history = History::load(&project.path().join("revisions")).unwrap();
    let actor = Actor { run: "run".to_owned(), host: String::new(), client: String::new() };
    let options = DeployOptions::from(&Config::default());
    let mends = Mends { accept: vec![RevisionId::new("r0002").unwrap()], forget: Vec::new() };
    let error = Deployment {
        history: &history,
        session: &mut session,
        actor: &actor,
        options: &options,
        attendant: &mut Overtaken(&database),
    }
    .repair(&mends)
    .unwrap_err();
    assert_eq!(error.kind(), "ledger_moved");
    assert_eq!(lineages(&database), before);
    assert_eq!(database.events().len(), 3);
}
