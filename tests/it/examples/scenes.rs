//! Where the examples are true: the ids, labels, files and databases that they speak of.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::harness::{Database, Project, program};

/// A project and a database.
pub struct Scene {
    pub project: Project,
    pub database: Database,
}

/// A revision: its id, its slug, the lines of its header below the id, and its sections.
type File = (&'static str, &'static str, &'static str, &'static str);

/// A history with one head.
const LINE: [File; 4] = [
    (
        "81d2b6f40e9c",
        "schema",
        "message: a schema of our own\ncreated: 2026-11-20T08:00:00Z",
        "-- [up]\nCREATE SCHEMA app;\n\n-- [down]\nDROP SCHEMA app;\n",
    ),
    (
        "3f9a1c0b7d2e",
        "add_users",
        "message: add users\nparents: 81d2b6f40e9c\nlabels: accounts\ncreated: 2026-11-21T02:24:35Z",
        "-- [up]\nCREATE TABLE app.users (id bigint PRIMARY KEY, name text NOT NULL);\n\n\
         -- [down]\nDROP TABLE app.users;\n\n\
         -- [verify]\nSELECT id FROM app.users WHERE name = '';\n",
    ),
    (
        "7c1d22aa90fe",
        "add_bills",
        "message: add bills\nparents: 3f9a1c0b7d2e\ncreated: 2026-11-22T08:00:00Z",
        "-- [up]\nCREATE TABLE app.bills (id bigint PRIMARY KEY);\n\n-- [down]\nDROP TABLE app.bills;\n",
    ),
    (
        "9e02b7c4d1aa",
        "add_notes",
        "message: add notes\nparents: 7c1d22aa90fe\ncreated: 2026-11-23T08:00:00Z",
        "-- [up]\nCREATE TABLE app.notes (id bigint PRIMARY KEY);\n\n-- [down]\nDROP TABLE app.notes;\n",
    ),
];

/// What becomes of the users in the scenes with retired objects.
const RETIRING: File = (
    "5a0e6b1f93d7",
    "retire_users",
    "message: users go\nparents: 9e02b7c4d1aa\ncreated: 2026-11-24T08:00:00Z",
    "-- [up]\n\n-- [retire]\ntable app.users\n",
);

fn write(project: &Project, (id, slug, header, sections): File) {
    let created = header.split("created: ").nth(1).unwrap_or_default().replace(['-', ':'], "");
    let header: String = header.lines().map(|line| format!("-- {line}\n")).collect();
    let text = format!("-- revision: {id}\n{header}\n{sections}");
    project.write(&format!("revisions/{created}_{id}_{slug}.sql"), text);
}

/// Replaces a text in the file of a revision.
fn edit(project: &Project, id: &str, from: &str, to: &str) {
    let path = file(project, id);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replace(from, to)).unwrap();
}

fn file(project: &Project, id: &str) -> std::path::PathBuf {
    let files = fs::read_dir(project.path().join("revisions")).unwrap();
    files.map(|file| file.unwrap().path()).find(|path| path.to_string_lossy().contains(id)).unwrap()
}

fn line() -> Project {
    let project = Project::new();
    LINE.into_iter().for_each(|file| write(&project, file));
    project
}

/// The settings that name the scene's database in every way that the examples name one.
fn settle(project: &Project, database: &Database) {
    let url = database.url();
    let names = ["staging", "production", "reporting"];
    let databases: String = names.iter().map(|name| format!("{name} = {url:?}\n")).collect();
    project.write("revgraph.toml", format!("url = {url:?}\n[scratch]\nserver = true\n[databases]\n{databases}"));
}

/// A database at the head of the line, to be copied.
pub struct Shop {
    at_head: Database,
}

impl Shop {
    pub fn new() -> Shop {
        let at_head = Database::new();
        line().ok(&at_head.url(), &["upgrade"]);
        Shop { at_head }
    }

    /// The line, and a database at its head.
    fn deployed(&self) -> Scene {
        let (project, database) = (line(), self.at_head.copy());
        settle(&project, &database);
        Scene { project, database }
    }

    /// The same with the users retired.
    fn retired(&self, retiring: File) -> Scene {
        let scene = self.deployed();
        write(&scene.project, retiring);
        scene.ok(&["upgrade"]);
        scene.database.execute("UPDATE revgraph.retired SET retired_at = retired_at - interval '40 days'");
        scene
    }
}

/// Two baselines, to be copied.
pub struct Archives {
    scene: Scene,
}

impl Archives {
    /// Two chains of two revisions: 3f9a replaces the one, 81d2 the other.
    pub fn new() -> Archives {
        let (project, database) = (Project::new(), Database::new());
        for (id, header) in [("a1", ""), ("a2", "parents: a1"), ("b1", ""), ("b2", "parents: b1")] {
            let sections = format!("-- [up]\nCREATE TABLE {id} (id int);\n\n-- [down]\nDROP TABLE {id};\n");
            project.revision(id, header, &sections);
        }
        settle(&project, &database);
        let scene = Scene { project, database };
        scene.ok(&["upgrade"]);
        scene.ok(&["squash", "--to", "a2", "--id", "3f9a1c0b7d2e", "-m", "users"]);
        scene.ok(&["squash", "--to", "b2", "--id", "81d2b6f40e9c", "-m", "bills"]);
        scene.ok(&["upgrade"]);
        Archives { scene }
    }

    fn copy(&self) -> Scene {
        let (project, database) = (Project::new(), self.scene.database.copy());
        copy(self.scene.project.path(), project.path());
        settle(&project, &database);
        Scene { project, database }
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

impl Scene {
    fn ok(&self, arguments: &[&str]) {
        self.project.ok(&self.database.url(), arguments);
    }

    /// What a user has around him: revgraph and PostgreSQL's programs in PATH, an editor, a home; and what pictures are
    /// handed on to, which need not be installed here.
    pub fn set_environment(&self, command: &mut Command) {
        for (name, _) in env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("PG") || name == "DATABASE_URL" {
                command.env_remove(name);
            }
        }
        let own = [Path::new(env!("CARGO_BIN_EXE_revgraph")).to_owned(), program("pg_dump")];
        let own = own.iter().map(|program| program.parent().unwrap().to_owned());
        let dot = self.project.write("bin/dot", "#!/bin/sh\ncat > /dev/null\n");
        fs::set_permissions(&dot, fs::Permissions::from_mode(0o755)).unwrap();
        let others = env::var_os("PATH").unwrap_or_default();
        let last = dot.parent().unwrap().to_owned();
        let path = env::join_paths(own.chain(env::split_paths(&others)).chain([last])).unwrap();
        command.env("PATH", path).env("VISUAL", "true").env("HOME", self.project.path()).env("NO_COLOR", "1");
    }

    /// The example with the addresses and days that it could not know.
    pub fn true_to_life(&self, example: &str) -> String {
        let url = self.database.url();
        let mut example = example.to_owned();
        for name in ["postgres://localhost/a", "postgres://localhost/b"] {
            example = example.replace(name, &format!("'{url}'"));
        }
        if example.contains("users_backup_20261121") {
            let backup = self
                .database
                .value("SELECT backup FROM revgraph.retired WHERE object = 'table app.users' AND part_of IS NULL");
            example = example.replace("users_backup_20261121", &backup);
        }
        example
    }
}

/// Where an example is true.
pub fn of(example: &str, shop: &Shop, archives: &Archives) -> Scene {
    let words: Vec<&str> = example.split(' ').skip(1).collect();
    match words[..] {
        ["init", ..] => {
            let scene = shop.deployed();
            fs::remove_file(scene.project.path().join("revgraph.toml")).unwrap();
            scene
        }
        ["archive", ..] => {
            let scene = archives.copy();
            if words.contains(&"old") {
                // Nobody listens there: it can only be left out.
                let settings = scene.project.path().join("revgraph.toml");
                let text = fs::read_to_string(&settings).unwrap();
                fs::write(settings, text + "old = \"postgres://app@127.0.0.1:1/app\"\n").unwrap();
            }
            scene
        }
        ["retired", "restore", "'column", ..] => {
            let column = "-- [up]\n\n-- [retire]\ncolumn app.users.name\n";
            shop.retired((RETIRING.0, RETIRING.1, RETIRING.2, column))
        }
        ["retired", .., "--confirm", "'DELETE", "OLD", "TABLES'"] => {
            let scene = shop.deployed();
            write(&scene.project, RETIRING);
            edit(&scene.project, RETIRING.0, "-- message", "-- confirm: DELETE OLD TABLES\n-- message");
            scene.ok(&["upgrade", "--confirm", "DELETE OLD TABLES"]);
            scene.database.execute("UPDATE revgraph.retired SET retired_at = retired_at - interval '40 days'");
            scene
        }
        ["retired", ..] => shop.retired(RETIRING),
        // The branches of the example: one that the accounts are on, and another one.
        ["upgrade", "accounts@head", "7c1d"] | ["merge", ..] => {
            let scene = without(behind(shop.deployed()), "9e02b7c4d1aa");
            edit(&scene.project, "7c1d22aa90fe", "parents: 3f9a1c0b7d2e", "parents: 81d2b6f40e9c");
            scene
        }
        ["upgrade", ..] | ["plan", "upgrade", ..] => behind(shop.deployed()),
        ["new", .., "--depends-on", "roles", "--edit"] => {
            let scene = shop.deployed();
            edit(&scene.project, "7c1d22aa90fe", "parents", "labels: roles\n-- parents");
            scene
        }
        [.., "--from-ledger"] => without(shop.deployed(), "9e02b7c4d1aa"),
        ["recover", .., "--force"] => {
            let scene = shop.deployed();
            edit(&scene.project, "3f9a1c0b7d2e", "revision: 3f9a1c0b7d2e", "revision: another");
            edit(&scene.project, "3f9a1c0b7d2e", "labels: accounts", "labels: others");
            scene
        }
        ["recover", ..] => without(shop.deployed(), "3f9a1c0b7d2e"),
        ["repair", "--accept", ..] => {
            let scene = shop.deployed();
            edit(&scene.project, "3f9a1c0b7d2e", "name text NOT NULL", "name text NOT NULL, email text");
            scene
        }
        ["repair", "--forget", ..] => {
            let scene = shop.deployed();
            scene.ok(&["downgrade", "81d2", "--yes"]);
            edit(&scene.project, "3f9a1c0b7d2e", "-- [up]", "-- [up transaction=off]");
            edit(&scene.project, "3f9a1c0b7d2e", "CREATE TABLE", "SELECT 1;\nCREATE no TABLE");
            let said = scene.project.run(&["upgrade", "3f9a"]);
            assert_eq!(said.code, 1, "{said}");
            scene
        }
        ["diff", "before.json", ..] => {
            let scene = shop.deployed();
            scene.ok(&["snapshot", "-o", "before.json"]);
            scene
        }
        _ => shop.deployed(),
    }
}

/// A database that has the first revision alone.
fn behind(scene: Scene) -> Scene {
    scene.ok(&["downgrade", "81d2", "--yes"]);
    scene
}

/// A checkout that lacks a revision's file.
fn without(scene: Scene, id: &str) -> Scene {
    fs::remove_file(file(&scene.project, id)).unwrap();
    scene
}
