//! How much is said, and in which colours: each command honours what it was asked for.

use crate::harness::{Database, Project, Said};

/// Two revisions, one of them in effect.
fn shop() -> (Project, Database) {
    let (project, database) = (Project::new(), Database::new());
    project.chain(2);
    project.ok(&database.url(), &["upgrade", "r0001"]);
    (project, database)
}

/// Commands that print something in colours, and how they end.
const COLOURED: [(&[&str], i32); 8] = [
    (&["history"], 0),
    (&["heads"], 0),
    (&["current"], 0),
    (&["plan", "upgrade", "heads"], 0),
    (&["check"], 3),
    (&["log"], 0),
    (&["show", "head"], 0),
    (&["upgrade", "nowhere"], 1),
];

fn run(shop: &(Project, Database), arguments: &[&str], variables: &[(&str, &str)]) -> Said {
    let (project, database) = shop;
    let mut command = project.command(&[&["--database", &database.url()], arguments].concat());
    command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").env_remove("CLICOLOR").env("TERM", "xterm");
    command.envs(variables.iter().copied());
    Said::from(command.output().unwrap())
}

#[test]
fn colours_come_where_they_are_asked_for_and_nowhere_else() {
    let shop = shop();
    for (arguments, code) in COLOURED {
        for (options, variables, coloured) in [
            (&[][..], &[][..], false),
            (&["--color", "always"], &[], true),
            (&["--color", "always"], &[("NO_COLOR", "1")], true),
            (&[], &[("CLICOLOR_FORCE", "1")], true),
            (&[], &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], false),
            (&["--color", "never"], &[("CLICOLOR_FORCE", "1")], false),
        ] {
            let said = run(&shop, &[arguments, options].concat(), variables);
            assert_eq!(said.code, code, "{arguments:?}: {said}");
            let shown = said.to_string();
            assert_eq!(shown.contains('\x1b'), coloured, "{arguments:?} {options:?} {variables:?}: {shown:?}");
        }
    }
}

#[test]
fn help_and_usage_errors_are_in_colours_as_all_else() {
    let shop = shop();
    for arguments in [&["upgrade", "--nonsense"][..], &["help", "nothing"], &["help", "targets"], &["stamp", "--help"]]
    {
        for (options, coloured) in [(&[][..], false), (&["--color=always"], true), (&["--color", "never"], false)] {
            let said = run(&shop, &[options, arguments].concat(), &[]).to_string();
            assert_eq!(said.contains('\x1b'), coloured, "{arguments:?} {options:?}: {said:?}");
        }
    }
}

#[test]
fn quiet_leaves_what_was_asked_for() {
    for (arguments, lines) in [
        (&["history"][..], 2),
        (&["heads"], 1),
        (&["plan", "upgrade", "heads"], 2),
        // The path is what scripts want.
        (&["revision", "-m", "more"], 1),
        (&["upgrade"], 0),
        (&["downgrade", "base", "--yes"], 0),
        (&["stamp", "head"], 0),
        (&["backup", "-o", "all.dump"], 0),
        (&["snapshot", "-o", "all.json"], 0),
        (&["man", "man"], 0),
    ] {
        let said = run(&shop(), &[arguments, &["-q"]].concat(), &[]);
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{arguments:?}: {said}");
        assert_eq!(said.out.lines().count(), lines, "{arguments:?}: {said}");
    }
}

#[test]
fn quiet_says_errors_all_the_same() {
    let said = run(&shop(), &["upgrade", "nowhere", "-q"], &[]);
    assert_eq!(said.code, 1);
    assert!(said.err.starts_with("error: no revision or label is called `nowhere`"), "{said}");
}

#[test]
fn verbose_says_what_the_server_says() {
    let noticing = || {
        let (project, database) = shop();
        let sections = "-- [up]\nDO $$ BEGIN RAISE NOTICE 'hear, hear'; END $$;\n\n-- [down]\n";
        project.revision("r0003", "parents: r0002", sections);
        (project, database)
    };
    assert!(!run(&noticing(), &["upgrade"], &[]).to_string().contains("hear, hear"));
    assert!(run(&noticing(), &["upgrade", "-v"], &[]).to_string().contains("hear, hear"));
    let said = run(&noticing(), &["upgrade", "-v", "-q"], &[]);
    assert_eq!(said.code, 2, "{said}");
}
