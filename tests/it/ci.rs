//! What docs/ci has for CI, hooks and containers: parsed, and its commands run in a real git repository.

mod repository;

use std::path::Path;
use std::process::Command;

use yaml_rust2::{Yaml, YamlLoader};

use crate::harness::{Database, Said};
use repository::{EMPTY_DOWN, GOOD, NO_DOWN, Repository};

/// A file of this repository.
fn text(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn yaml(path: &str) -> Yaml {
    let mut documents = YamlLoader::load_from_str(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    assert_eq!(documents.len(), 1, "{path}");
    documents.remove(0)
}

fn texts(list: &Yaml) -> Vec<String> {
    list.as_vec().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
}

/// The commands of a job of the GitHub workflow, but for the one that installs revgraph.
fn github(job: &str) -> Vec<String> {
    let workflow = yaml("docs/ci/github.yml");
    let steps = workflow["jobs"][job]["steps"].as_vec().unwrap().clone();
    let run = |step: &Yaml| step["run"].as_str().map(str::to_owned);
    let commands: Vec<String> = steps.iter().filter_map(run).collect();
    // What somebody calls his branch must not become a part of a command.
    assert!(commands.iter().all(|command| !command.contains("${{")), "{commands:?}");
    let (installs, others): (Vec<_>, Vec<_>) =
        commands.into_iter().partition(|command| command.starts_with("cargo install"));
    assert_eq!((installs.len(), others.len() > 2), (1, true), "{job}");
    others
}

fn gitlab(job: &str) -> Vec<String> {
    texts(&yaml("docs/ci/gitlab.yml")[job]["script"])
}

/// Runs the commands of a job one after the other, as a runner does, until one fails.
fn run(repository: &Repository, database: &Database, commands: &[String]) -> Said {
    let mut last = None;
    for text in commands {
        let mut command = Command::new("bash");
        command.args(["-e", "-c", text]);
        repository.set_environment(&mut command);
        command.env("DATABASE_URL", database.url()).env("RUNNER_TEMP", repository.temporary());
        command.env("GITHUB_BASE_REF", "main").env("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main");
        let said = Said::from(command.output().unwrap());
        let failed = said.code != 0;
        last = Some(said);
        if failed {
            break;
        }
    }
    last.unwrap()
}

#[test]
fn a_review_passes_sound_revisions() {
    for commands in [github("review"), gitlab("review revisions")] {
        let (repository, database) = (Repository::new(), Database::new());
        repository.branch("work");
        repository.commit(&[("revisions/b.sql", GOOD)]);
        let said = run(&repository, &database, &commands);
        assert_eq!(said.code, 0, "{said}");
        assert_eq!(database.applied(), ["aaaa", "bbbb"]);
    }
}

#[test]
fn a_review_shows_what_would_run_on_top_of_what_is_merged() {
    let (repository, database) = (Repository::new(), Database::new());
    repository.branch("work");
    repository.commit(&[("revisions/b.sql", GOOD)]);
    let said = run(&repository, &database, &github("review")[..3]);
    assert!(said.out.contains("bbbb") && !said.out.contains("aaaa"), "{said}");
}

#[test]
fn a_review_stops_at_what_is_wrong_in_the_revisions_that_are_new() {
    for commands in [github("review"), gitlab("review revisions")] {
        for (revision, complaint) in [(NO_DOWN, "neither [down] nor irreversible: bbbb"), (EMPTY_DOWN, "[empty-down]")]
        {
            let (repository, database) = (Repository::new(), Database::new());
            repository.branch("work");
            repository.commit(&[("revisions/b.sql", revision)]);
            let said = run(&repository, &database, &commands);
            assert_ne!(said.code, 0, "{said}");
            assert!(said.out.contains(complaint), "{said}");
            assert!(database.tables().is_empty());
        }
    }
}

#[test]
fn a_deployment_brings_the_database_to_the_heads() {
    for commands in [github("deploy"), gitlab("deploy revisions")] {
        let (repository, database) = (Repository::new(), Database::new());
        let said = run(&repository, &database, &commands);
        assert_eq!(said.code, 0, "{said}");
        assert_eq!(database.applied(), ["aaaa"]);
    }
}

#[test]
fn the_container_brings_the_database_to_the_heads_before_the_app_starts() {
    let compose = yaml("docs/ci/docker/compose.yaml");
    let condition = &compose["services"]["app"]["depends_on"]["migrate"]["condition"];
    assert_eq!(condition.as_str(), Some("service_completed_successfully"));
    let dockerfile = text("docs/ci/docker/Dockerfile");
    let instruction = |name: &str| -> Vec<String> {
        let line = dockerfile.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        serde_json::from_str(line.trim()).unwrap()
    };
    for arguments in [texts(&compose["services"]["migrate"]["command"]), instruction("CMD")] {
        let (repository, database) = (Repository::new(), Database::new());
        let command = [instruction("ENTRYPOINT"), arguments].concat().join(" ");
        let said = run(&repository, &database, &[command]);
        assert_eq!(said.code, 0, "{said}");
        assert_eq!(database.applied(), ["aaaa"]);
    }
}

#[test]
fn the_git_hook_refuses_commits_that_are_broken_or_hurt() {
    let repository = Repository::new();
    repository.install_hook(&text("docs/ci/pre-commit"));
    repository.commit(&[("README", "nothing that the hook looks into\n")]);
    repository.commit(&[("revisions/b.sql", GOOD)]);
    for (revision, complaint) in [
        ("-- revision: ?\n", "can't be used"),
        (&NO_DOWN.replace("bbbb", "cccc").replace("aaaa", "bbbb"), "neither [down] nor irreversible: cccc"),
        (&EMPTY_DOWN.replace("bbbb", "cccc").replace("aaaa", "bbbb"), "[empty-down]"),
    ] {
        let said = repository.try_commit(&[("revisions/c c.sql", revision)]);
        assert_ne!(said.code, 0, "{said}");
        assert!(said.to_string().contains(complaint), "{complaint}: {said}");
    }
    // A finding in what was committed before is no matter of this commit.
    repository.commit_unverified(&[("revisions/c c.sql", &EMPTY_DOWN.replace("bbbb", "cccc").replace("aaaa", "bbbb"))]);
    repository.commit(&[("README", "still nothing\n")]);
}

#[test]
fn the_hooks_for_pre_commit_run_what_they_say() {
    let hooks = yaml(".pre-commit-hooks.yaml").into_vec().unwrap();
    let entry = |id: &str| {
        let hook = hooks.iter().find(|hook| hook["id"].as_str() == Some(id)).unwrap();
        assert_eq!(hook["language"].as_str(), Some("system"));
        hook["entry"].as_str().unwrap().to_owned()
    };
    let (repository, database) = (Repository::new(), Database::new());
    repository.write("revisions/b.sql", EMPTY_DOWN);
    assert_eq!(run(&repository, &database, &[entry("revgraph-check")]).code, 0);
    let lint = |file: &str| run(&repository, &database, &[format!("{} {file}", entry("revgraph-lint"))]).code;
    assert_eq!((lint("revisions/a.sql"), lint("revisions/b.sql")), (0, 3));
    repository.write("revisions/b.sql", NO_DOWN);
    assert_eq!(run(&repository, &database, &[entry("revgraph-check")]).code, 3);
}

/// `cargo binstall` looks for what dist uploads: <https://axodotdev.github.io/cargo-dist>.
#[test]
fn what_releases_are_made_of_agrees() {
    let read = |path: &str| text(path).parse::<toml::Table>().unwrap();
    let (manifest, dist) = (read("Cargo.toml"), read("dist-workspace.toml"));
    assert_eq!(manifest["profile"]["dist"]["inherits"].as_str(), Some("release"));
    let binstall = &manifest["package"]["metadata"]["binstall"];
    // dist's default for all but Windows; there it is a zip file without a folder in it.
    assert_eq!(binstall["pkg-fmt"].as_str(), Some("txz"));
    for target in dist["dist"]["targets"].as_array().unwrap().iter().map(|target| target.as_str().unwrap()) {
        let overridden = binstall["overrides"].get(target).map(|own| own["pkg-fmt"].as_str().unwrap());
        assert_eq!(overridden, target.contains("windows").then_some("zip"), "{target}");
    }
}
