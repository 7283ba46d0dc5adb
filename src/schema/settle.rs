//! Which expressions are the same although their texts differ.
//!
//! What PostgreSQL prints of an expression depends on how it was written when it was parsed: `a AND (b AND c)` keeps its
//! parentheses, and loses them when its printed form is read again; a default of NULL may come back as
//! `NULL::timestamp without time zone`, or as no default. So texts that differ are read and printed again on the server,
//! in throwaway objects that are undone at once, until they don't change any more. If that comes to the same text on both
//! sides, or for both texts on one server, the expressions are the same.

mod recipe;
mod text;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::compare::{AttributeChange, Changed, Difference};
use crate::database::ledger::result_sets;
use crate::database::quote::literal;
use crate::database::{Client, DatabaseError};
use recipe::{Recipe, recipes};

/// What came of settling.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Settled {
    /// How many expressions were found to be the same.
    pub same: usize,
    /// How many still count as different, whether they are or nobody could tell.
    pub different: usize,
    /// Why a server could not be asked: then what differs in text only may be the same after all.
    pub not_possible: Vec<String>,
}

/// Takes out of a difference the expressions that are the same. `before` and `after` are the servers of the two sides; one
/// of them is enough. Each is asked at most once, and nothing that is made there outlives the question. What can't be read
/// again counts as different; nothing here makes a comparison fail.
pub fn settle(difference: &mut Difference, before: Option<&mut Client>, after: Option<&mut Client>) -> Settled {
    let mut questions = questions(difference);
    let mut settled = Settled::default();
    let mut servers = [before, after];
    for (side, server) in servers.iter_mut().enumerate() {
        let open: Vec<&mut Question> = questions.iter_mut().filter(|question| !question.is_same()).collect();
        let Some(client) = server else { continue };
        if open.is_empty() {
            continue;
        }
        match ask(client, open, side) {
            Ok(reasons) => {
                settled.not_possible.extend(reasons.into_iter().map(|reason| format!("{}: {reason}", DOING[side])));
            }
            Err(error) => settled.not_possible.push(error.to_string()),
        }
    }
    take_out(difference, &questions, &mut settled);
    settled
}

/// One expression that differs, by its place in the difference, with the ways to read it and what came of them.
struct Question {
    changed: usize,
    attribute: usize,
    recipes: Vec<Recipe>,
    /// For each recipe and each side's server: what the text of *before* and that of *after* came to.
    answers: HashMap<(usize, usize), [Answer; 2]>,
}

/// The text that one comes to on a server; the inner none is no expression, the outer one a failure.
type Answer = Option<Option<String>>;

impl Question {
    fn is_same(&self) -> bool {
        let on_one_server = self.answers.values().any(|[before, after]| before.is_some() && before == after);
        let across = (0..self.recipes.len()).any(|recipe| {
            let answer = |side: usize| self.answers.get(&(recipe, side)).and_then(|answers| answers[side].as_ref());
            answer(0).is_some() && answer(0) == answer(1)
        });
        on_one_server || across
    }
}

fn questions(difference: &Difference) -> Vec<Question> {
    let mut questions = Vec::new();
    for (changed, object) in difference.changed.iter().enumerate() {
        for (attribute, change) in object.attributes.iter().enumerate() {
            let recipes = recipes_of(object, change);
            if !recipes.is_empty() {
                questions.push(Question { changed, attribute, recipes, answers: HashMap::new() });
            }
        }
    }
    questions
}

fn recipes_of(changed: &Changed, change: &AttributeChange) -> Vec<Recipe> {
    let text = |value: &Option<Value>| match value {
        None if changed.inherited => None,
        None | Some(Value::Null) => Some(None),
        Some(value) => value.get("sql").and_then(Value::as_str).map(|text| Some(text.to_owned())),
    };
    match (text(&change.before), text(&change.after)) {
        (Some(before), Some(after)) => recipes(&changed.identity, &change.attribute, [before, after]),
        _ => Vec::new(),
    }
}

/// What reads texts again, and what has it done with as few rights as that takes.
const REPRINT: &str = include_str!("settle/reprint.sql");
const ASK: &str = include_str!("settle/ask.sql");

/// The settings are those in which a snapshot is read, so that what is printed has the same form. How a backslash in a
/// literal is read must not be for the database to say: we have looked at the texts for statements in them. Where transactions only read,
/// this one does too: then nothing can be made, and that is told.
const BEGIN: &str = "BEGIN; SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL DateStyle = ISO; \
    SET LOCAL IntervalStyle = postgres; SET LOCAL TimeZone = 'UTC'; SET LOCAL extra_float_digits = 3; \
    SET LOCAL bytea_output = hex; SET LOCAL standard_conforming_strings = on; SET LOCAL quote_all_identifiers = off; SET LOCAL check_function_bodies = off; \
    SET LOCAL client_min_messages = error; SET LOCAL lock_timeout = '1s'; SET LOCAL statement_timeout = '5min';";

const DOING: [&str; 2] =
    ["expressions can't be read again on the first side", "expressions can't be read again on the second side"];

/// Asks a server what all the texts come to, in one message. Gives why some were not read.
fn ask(client: &mut Client, mut questions: Vec<&mut Question>, side: usize) -> Result<Vec<String>, DatabaseError> {
    let recipes: Vec<&Recipe> = questions.iter().flat_map(|question| &question.recipes).collect();
    // Recipes are texts: they are always JSON.
    let jobs = serde_json::to_string(&recipes).unwrap_or_default();
    let message = format!(
        "{BEGIN} SELECT set_config('revgraph.jobs', {}, true), set_config('revgraph.reprint', {}, true); {ASK} \
         SELECT current_setting('revgraph.answers'); ROLLBACK;",
        literal(&jobs),
        literal(REPRINT),
    );
    let sets = client.simple_query(&message).map(result_sets).map_err(|error| {
        // Whatever comes of it: the first error is the one to tell.
        let _ = client.batch_execute("ROLLBACK");
        DatabaseError::of(error, DOING[side])
    })?;
    // The last but one statement gives the answers; without them nothing is settled.
    let text = sets.iter().rev().nth(1).and_then(|rows| rows.first()).and_then(|row| row.get(0)).unwrap_or_default();
    let Answers { answers, reasons } = serde_json::from_str(text).unwrap_or_default();
    let mut answers = answers.into_iter();
    for question in &mut questions {
        for recipe in 0..question.recipes.len() {
            let Some(Some([before, after])) = answers.next() else { continue };
            question.answers.insert((recipe, side), [before.text, after.text]);
        }
    }
    Ok(reasons)
}

/// What a server answers.
#[derive(Default, Deserialize)]
struct Answers {
    /// For each recipe what its two texts come to; none if they were not read.
    answers: Vec<Option<[Printed; 2]>>,
    /// Why some were not.
    reasons: Vec<String>,
}

/// What a text comes to: without one, it could not be read; null is none.
#[derive(Deserialize)]
struct Printed {
    #[serde(default, deserialize_with = "even_null")]
    text: Answer,
}

fn even_null<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Answer, D::Error> {
    Option::deserialize(from).map(Some)
}

fn take_out(difference: &mut Difference, questions: &[Question], settled: &mut Settled) {
    for question in questions.iter().rev() {
        if !question.is_same() {
            settled.different += 1;
            continue;
        }
        settled.same += 1;
        // From the end on, so that the places of the others stay.
        difference.changed[question.changed].attributes.remove(question.attribute);
    }
    difference.changed.retain(|changed| !changed.attributes.is_empty());
}
