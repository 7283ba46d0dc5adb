//! What becomes of the old tables: back where they were, or gone.

use insta::assert_snapshot;

use super::{MEANWHILE, PHRASE, at, migrated};
use crate::harness::{Database, Project};
use crate::systems::readme::told;
use crate::systems::{dump, psql, shown, system};

const PURGE: &str = "revgraph retired purge --older-than 30d --confirm 'DELETE OLD TABLES'";

/// A database that has come to the end, and `days` have passed since.
fn retired(project: &Project, days: u32) -> Database {
    let database = at(project, "w05");
    project.ok(&database.url(), &["upgrade", "--confirm", PHRASE]);
    database.execute(&format!("UPDATE revgraph.retired SET retired_at = retired_at - interval '{days} days 1 hour'"));
    database
}

#[test]
fn the_old_tables_go_after_thirty_days() {
    let project = system("workshop");
    let database = retired(&project, 29);
    let url = database.url();
    assert_snapshot!(shown(&project.run_on(&url, &["retired", "list"])), @"
    function merge_sessions(text, integer)  public.merge_sessions_backup_…  retired 29 days ago by w06
    view unmerged_steps  public.unmerged_steps_backup_…  retired 29 days ago by w06
    view unmerged_students  public.unmerged_students_backup_…  retired 29 days ago by w06
    view legacy_steps  public.legacy_steps_backup_…  retired 29 days ago by w06
    view legacy_students  public.legacy_students_backup_…  retired 29 days ago by w06
    view legacy_sessions  public.legacy_sessions_backup_…  retired 29 days ago by w06
    function legacy_email(text)  public.legacy_email_backup_…  retired 29 days ago by w06
    table student_configs  public.student_configs_backup_…  1506 rows, …kB  retired 29 days ago by w06
    table workshop_students  public.workshop_students_backup_…  2407 rows, …kB  retired 29 days ago by w06
    function refuse_legacy_writes()  public.refuse_legacy_writes_backup_…  retired 29 days ago by w06
    --- exit code 0
    ");
    let purge = ["retired", "purge", "--older-than", "30d"];
    assert_snapshot!(told("workshop", PURGE, &project.run_on(&url, &[&purge[..], &["--confirm", PHRASE]].concat())), @"
    nothing to drop
    --- exit code 0
    ");
    database.execute("UPDATE revgraph.retired SET retired_at = retired_at - interval '1 day'");
    let people = migrated(&database);
    assert_snapshot!(shown(&project.run_on(&url, &[&purge[..], &["--yes"]].concat())), @r#"
    --- standard error
    this drops for good:
      function merge_sessions(text, integer)  public.merge_sessions_backup_…  retired 30 days ago by w06
      view unmerged_steps  public.unmerged_steps_backup_…  retired 30 days ago by w06
      view unmerged_students  public.unmerged_students_backup_…  retired 30 days ago by w06
      view legacy_steps  public.legacy_steps_backup_…  retired 30 days ago by w06
      view legacy_students  public.legacy_students_backup_…  retired 30 days ago by w06
      view legacy_sessions  public.legacy_sessions_backup_…  retired 30 days ago by w06
      function legacy_email(text)  public.legacy_email_backup_…  retired 30 days ago by w06
      table student_configs  public.student_configs_backup_…  1506 rows, …kB  retired 30 days ago by w06
      table workshop_students  public.workshop_students_backup_…  2407 rows, …kB  retired 30 days ago by w06
      function refuse_legacy_writes()  public.refuse_legacy_writes_backup_…  retired 30 days ago by w06
    error: w06 runs only after the phrase "DELETE OLD TABLES" is given
    help: if that is what you want: --confirm "DELETE OLD TABLES"
    --- exit code 1
    "#);
    assert_snapshot!(told("workshop", PURGE, &project.run_on(&url, &[&purge[..], &["--confirm", PHRASE]].concat())), @"
    dropped 10 objects
    --- standard error
    this drops for good:
      function merge_sessions(text, integer)  public.merge_sessions_backup_…  retired 30 days ago by w06
      view unmerged_steps  public.unmerged_steps_backup_…  retired 30 days ago by w06
      view unmerged_students  public.unmerged_students_backup_…  retired 30 days ago by w06
      view legacy_steps  public.legacy_steps_backup_…  retired 30 days ago by w06
      view legacy_students  public.legacy_students_backup_…  retired 30 days ago by w06
      view legacy_sessions  public.legacy_sessions_backup_…  retired 30 days ago by w06
      function legacy_email(text)  public.legacy_email_backup_…  retired 30 days ago by w06
      table student_configs  public.student_configs_backup_…  1506 rows, …kB  retired 30 days ago by w06
      table workshop_students  public.workshop_students_backup_…  2407 rows, …kB  retired 30 days ago by w06
      function refuse_legacy_writes()  public.refuse_legacy_writes_backup_…  retired 30 days ago by w06
    --- exit code 0
    ");
    assert_eq!(database.tables(), ["events", "migration_counts", "sessions", "step_progress", "students"]);
    assert_eq!(migrated(&database), people);
    assert_eq!(project.run_on(&url, &["drift"]).code, 0);
    assert_eq!(project.run_on(&url, &["verify"]).code, 0);
    // From here on there is no way back but the backup.
    assert_snapshot!(shown(&project.run_on(&url, &["downgrade", "w01", "--yes", "--confirm", PHRASE])), @"
    --- standard error
    error: the way down can't bring back what was retired: function refuse_legacy_writes() was purged at … table workshop_students was purged at … table student_configs was purged at … function legacy_email(text) was purged at … view legacy_sessions was purged at … view legacy_students was purged at … view legacy_steps was purged at … view unmerged_students was purged at … view unmerged_steps was purged at … function merge_sessions(text, integer) was purged at …
    help: nothing was done; stay at or above w06, or bring its rows back from a backup first
    --- exit code 1
    ");
}

#[test]
fn the_way_back_ends_with_the_data_as_it_was() {
    let project = system("workshop");
    let start = at(&project, "w01");
    let database = retired(&project, 3);
    let url = database.url();
    assert_snapshot!(told("workshop", "revgraph downgrade w01 --exact", &project.run_on(&url, &["downgrade", "w01", "--exact"])), @"
    --- standard error
    w06 brings function refuse_legacy_writes() back, which is refuse_legacy_writes_backup_… now
    w06 brings table workshop_students back, which is workshop_students_backup_… now
    w06 brings table student_configs back, which is student_configs_backup_… now
    w06 brings function legacy_email(text) back, which is legacy_email_backup_… now
    w06 brings view legacy_sessions back, which is legacy_sessions_backup_… now
    w06 brings view legacy_students back, which is legacy_students_backup_… now
    w06 brings view legacy_steps back, which is legacy_steps_backup_… now
    w06 brings view unmerged_students back, which is unmerged_students_backup_… now
    w06 brings view unmerged_steps back, which is unmerged_steps_backup_… now
    w06 brings function merge_sessions(text, integer) back, which is merge_sessions_backup_… now
      down w05  merge what came meanwhile, and switch
        loses table migration_counts: 3 rows, …kB
      down w04  migrate while both apps are still writing
        empties table students: 908 rows, …kB
      down w02  students, sessions, step progress and events
        loses table events: 2,709 rows, …kB
        loses table step_progress: 7,537 rows, …kB
        loses table sessions: 2,709 rows, …MB
    error: this downgrade would lose 5 tables
    help: nothing was touched; if that is what you want: --yes, with --backup to save it first
    --- exit code 1
    ");
    let said = project.run_on(&url, &["downgrade", "w01", "--exact", "--yes", "--confirm", PHRASE]);
    let command = "revgraph downgrade w01 --exact --yes --confirm 'DELETE OLD TABLES'";
    assert_snapshot!(told("workshop", command, &said), @"
      down w06  retire the old tables, and what merged them
      down w05  merge what came meanwhile, and switch
      down w04  migrate while both apps are still writing
      down w03  how rows of the old tables become rows of the new ones
      down w02  students, sessions, step progress and events
    downgraded 5 revisions in …; now at w01
    --- standard error
    w06 brings function refuse_legacy_writes() back, which is refuse_legacy_writes_backup_… now
    w06 brings table workshop_students back, which is workshop_students_backup_… now
    w06 brings table student_configs back, which is student_configs_backup_… now
    w06 brings function legacy_email(text) back, which is legacy_email_backup_… now
    w06 brings view legacy_sessions back, which is legacy_sessions_backup_… now
    w06 brings view legacy_students back, which is legacy_students_backup_… now
    w06 brings view legacy_steps back, which is legacy_steps_backup_… now
    w06 brings view unmerged_students back, which is unmerged_students_backup_… now
    w06 brings view unmerged_steps back, which is unmerged_steps_backup_… now
    w06 brings function merge_sessions(text, integer) back, which is merge_sessions_backup_… now
      down w05  merge what came meanwhile, and switch
        loses table migration_counts: 3 rows, …kB
      down w04  migrate while both apps are still writing
        empties table students: 908 rows, …kB
      down w02  students, sessions, step progress and events
        loses table events: 2,709 rows, …kB
        loses table step_progress: 7,537 rows, …kB
        loses table sessions: 2,709 rows, …MB
    --- exit code 0
    ");
    assert_eq!(dump(&database), dump(&start));
    assert_eq!(project.run(&["diff", "w01", &url]).code, 0);
    // Both apps can write again.
    psql(&database, MEANWHILE);
}
