//! How revisions speak of what may be there without them: extensions and schemas that others may use as well.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use super::words::{Word, begins, find, words};

/// What revisions say of schemas and extensions, wherever the words stand: a `DO` block may make them, too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manner {
    /// Schemas that their ways up make only where there are none.
    shared: BTreeSet<String>,
    /// Extensions that their ways down drop.
    extensions: BTreeSet<String>,
    /// Schemas that their ways down drop, each with whether all goes that is in it.
    schemas: BTreeMap<String, bool>,
}

/// What is still there after a way down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// Extensions.
    pub extensions: BTreeSet<String>,
    /// Schemas.
    pub schemas: BTreeSet<String>,
}

/// Literals within literals are looked into so often.
const DEPTH: usize = 3;

impl Manner {
    /// Of revisions with these statements up and down.
    pub fn of<'s>(ups: impl IntoIterator<Item = &'s str>, downs: impl IntoIterator<Item = &'s str>) -> Manner {
        let mut manner = Manner::default();
        for sql in ups {
            each(sql, DEPTH, &mut |words| manner.hear_up(words));
        }
        for sql in downs {
            each(sql, DEPTH, &mut |words| manner.hear_down(words));
        }
        manner
    }

    /// Whether this schema is made only where there is none.
    pub fn is_shared(&self, schema: &str) -> bool {
        self.shared.contains(schema)
    }

    /// What stays of what they have made between two states: what might have been there before, and isn't dropped by them.
    pub fn kept(&self, before: &Facts, after: &Facts) -> Kept {
        let goes_with_schema = |schema: &str| self.schemas.get(schema) == Some(&true);
        let stays = |name: &str, schema: &str| {
            before.extensions.contains_key(name) || !self.extensions.contains(name) && !goes_with_schema(schema)
        };
        let extensions = after.extensions.iter().filter(|(name, extension)| stays(name, &extension.schema));
        let (extensions, homes): (BTreeSet<_>, Vec<_>) =
            extensions.map(|(name, extension)| (name.clone(), extension.schema.clone())).unzip();
        let shared = self.shared.iter().filter(|schema| !self.schemas.contains_key(*schema)).cloned();
        Kept { extensions, schemas: shared.chain(homes).collect() }
    }

    fn hear_up(&mut self, words: &[Word<'_>]) {
        for at in 0..words.len() {
            let rest = &words[at..];
            if !begins(rest, &["CREATE", "SCHEMA", "IF", "NOT", "EXISTS"]) {
                continue;
            }
            // Without a name of its own a schema has that of its owner.
            let name = if begins(&rest[5..], &["AUTHORIZATION"]) { rest.get(6) } else { rest.get(5) };
            self.shared.extend(name.and_then(Word::name));
        }
    }

    fn hear_down(&mut self, words: &[Word<'_>]) {
        for at in 0..words.len() {
            let rest = &words[at..];
            if begins(rest, &["DROP", "EXTENSION"]) {
                self.extensions.extend(names(&rest[2..]).0);
            } else if begins(rest, &["DROP", "SCHEMA"]) {
                let (names, cascades) = names(&rest[2..]);
                self.schemas.extend(names.into_iter().map(|name| (name, cascades)));
            }
        }
    }
}

/// The names of `IF EXISTS a, b CASCADE`, and whether the last word is there.
fn names(words: &[Word<'_>]) -> (Vec<String>, bool) {
    let mut rest = if begins(words, &["IF", "EXISTS"]) { &words[2..] } else { words };
    let mut names = Vec::new();
    while let [name, after @ ..] = rest {
        names.extend(name.name());
        rest = after;
        match rest {
            [comma, after @ ..] if comma.text == "," => rest = after,
            _ => break,
        }
    }
    (names, begins(rest, &["CASCADE"]))
}

/// Hands over the words of a text, and those of the literals in it.
fn each(sql: &str, depth: usize, hear: &mut dyn FnMut(&[Word<'_>])) {
    let words = words(sql);
    hear(&words);
    let Some(depth) = depth.checked_sub(1) else { return };
    for word in &words {
        let dollar = || Some(word.text.strip_prefix('$')?.split_once('$')?.1.to_owned());
        if let Some(inside) = word.literal().or_else(dollar).filter(|inside| inside.contains(' ')) {
            each(&inside, depth, hear);
        }
    }
}

impl Kept {
    /// Whether a statement of a dump drops what is kept.
    pub fn is_dropped_by(&self, sql: &[Word<'_>]) -> bool {
        let of = |keyword: &str| find(sql, &["DROP", keyword]).and_then(|at| sql[at..].last()?.name());
        of("EXTENSION").is_some_and(|name| self.extensions.contains(&name))
            || of("SCHEMA").is_some_and(|name| self.schemas.contains(&name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::dump::Extension;

    fn facts(extensions: &[(&str, &str)]) -> Facts {
        let extension = |(name, schema): &(&str, &str)| {
            let schema = (*schema).to_owned();
            let made = Extension { version: "1".to_owned(), default_version: None, comment: None, schema };
            ((*name).to_owned(), made)
        };
        Facts { extensions: extensions.iter().map(extension).collect(), ..Facts::default() }
    }

    #[test]
    fn what_no_way_down_drops_stays() {
        let after =
            facts(&[("citext", "public"), ("hstore", "ext"), ("ltree", "gone"), ("cube", "public"), ("Odd", "x")]);
        let downs =
            ["DROP EXTENSION IF EXISTS cube, \"Odd\"", "DO $$ BEGIN DROP SCHEMA gone CASCADE; END $$", "DROP SCHEMA x"];
        let kept = Manner::of(["CREATE SCHEMA IF NOT EXISTS app; CREATE SCHEMA IF NOT EXISTS x"], downs)
            .kept(&Facts::default(), &after);
        assert_eq!(kept.extensions.into_iter().collect::<Vec<_>>(), ["citext", "hstore"]);
        assert_eq!(kept.schemas.into_iter().collect::<Vec<_>>(), ["app", "ext", "public"]);
    }
}
