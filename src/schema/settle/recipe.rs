//! How an expression is read again by PostgreSQL: what is made of it, and where its text is then printed.
//!
//! Everything is made in `pg_temp`, of a copy of the table where one is needed. The bounds of a partition have no recipe:
//! PostgreSQL evaluates them as they are read, and prints what came out, so that two ways to write one never show.

use serde::Serialize;

use super::text::{is_contained, is_name, is_one_exclusion, retarget, sql_body_is_contained, table_of_statistics};
use crate::database::quote::{identifier, literal};
use crate::schema::Identity;

/// The text of *before* and that of *after*; none where a side has no such expression.
pub type Texts = [Option<String>; 2];

/// A text of each side, and how the server reads and prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recipe {
    /// What to run, in order.
    steps: Vec<Step>,
    /// The query for the text as it is printed then. It must be of the form of those that came in.
    print: String,
    /// The query for the role that owns the object: with its rights the text is read.
    owner: String,
    texts: Texts,
}

/// A statement to run, in the pieces that stand around the text: a place that was marked within a statement could also be
/// found in a name that somebody gave to a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Step {
    /// A statement without the text.
    Plain(String),
    /// The text goes between the two as it is.
    Around(String, &'static str),
    /// A query into which the text goes as a literal, and that gives the statement to run.
    Query(String, String),
}

/// The text itself is the statement.
fn as_it_is() -> Step {
    Step::Around(String::new(), "")
}

/// The ways to read an expression again; what one of them settles is settled. None for what isn't known, or for a
/// text that isn't the single expression or definition that PostgreSQL prints: it may come from a file that somebody
/// wrote, and must not be able to do anything else than to be read.
pub fn recipes(identity: &Identity, attribute: &str, texts: Texts) -> Vec<Recipe> {
    let what = (identity.kind.as_str(), attribute);
    let texts = texts.map(|text| text.map(|text| text.trim_end().trim_end_matches(';').to_owned()));
    let is_safe = if what.1 == "sql body" { sql_body_is_contained } else { is_contained };
    if !texts.iter().flatten().all(|text| is_safe(text)) {
        return Vec::new();
    }
    let table = object(identity);
    let recipes = match what {
        ("column", "default") => vec![column_default(identity, texts)],
        ("column", "expression") => vec![generated(identity, texts)],
        ("constraint", "check") => vec![condition(&table, texts.clone()), domain_check(identity, texts)],
        ("constraint", "exclusion") if texts.iter().flatten().all(|text| is_one_exclusion(text)) => {
            vec![exclusion(&table, texts)]
        }
        ("domain", "default") => vec![domain_default(identity, texts)],
        ("function" | "procedure", "arguments") => arguments(&texts),
        ("function" | "procedure", "sql body") => vec![sql_body(identity, texts)],
        ("index", "definition") => vec![index(&table, texts)],
        ("policy", "using" | "with check") => vec![condition(&table, texts)],
        ("publication table", "where") => {
            let table = identity.part.as_deref().filter(|table| is_name(table));
            let of_table = |table| Recipe { owner: owner_of_relation(table), ..condition(table, texts) };
            table.map(of_table).into_iter().collect()
        }
        ("rule", "definition") => rule(&table, &texts).into_iter().collect(),
        ("statistics", "definition") => statistics(&texts).into_iter().collect(),
        ("table", "partition by") => vec![partition_key(&table, texts)],
        ("trigger", "definition") => trigger(&table, &texts).into_iter().collect(),
        ("view" | "materialized view", "definition") => vec![view(texts)],
        _ => Vec::new(),
    };
    let owner = match identity.kind.as_str() {
        "function" | "procedure" => owner_of_function(identity),
        "domain" => owner_of_type(&table),
        _ => owner_of_relation(&table),
    };
    let owned =
        |recipe: Recipe| Recipe { owner: if recipe.owner.is_empty() { owner.clone() } else { recipe.owner }, ..recipe };
    recipes.into_iter().map(owned).collect()
}

fn owner_of_relation(name: &str) -> String {
    format!("SELECT relowner FROM pg_class WHERE oid = to_regclass({})", literal(name))
}

fn owner_of_type(name: &str) -> String {
    format!("SELECT typowner FROM pg_type WHERE oid = to_regtype({})", literal(name))
}

fn owner_of_function(identity: &Identity) -> String {
    format!("SELECT p.proowner {}", from_function(identity))
}

/// The function, as a snapshot calls it.
fn from_function(identity: &Identity) -> String {
    format!(
        "FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace \
         WHERE n.nspname = {} AND concat(p.proname, '(', oidvectortypes(p.proargtypes), ')') = {}",
        literal(identity.schema.as_deref().unwrap_or_default()),
        literal(&identity.name),
    )
}

/// The qualified name of the object, or of the one that it is a part of.
fn object(identity: &Identity) -> String {
    let schema = identity.schema.as_deref().unwrap_or_default();
    format!("{}.{}", identifier(schema), identifier(&identity.name))
}

fn copy_of(table: &str) -> Step {
    Step::Plain(format!("CREATE TEMPORARY TABLE revgraph_table (LIKE {table})"))
}

fn recipe(steps: &[Step], print: &str, texts: Texts) -> Recipe {
    Recipe { steps: steps.to_vec(), print: print.to_owned(), owner: String::new(), texts }
}

/// Changes both texts, or neither where that fails.
fn changed(texts: &Texts, change: impl Fn(&str) -> Option<String>) -> Option<Texts> {
    let [before, after] =
        texts.each_ref().map(|text| text.as_deref().map_or(Some(None), |text| change(text).map(Some)));
    Some([before?, after?])
}

/// A query, as a view.
fn view(texts: Texts) -> Recipe {
    let make = Step::Around("CREATE TEMPORARY VIEW revgraph_view AS ".to_owned(), "");
    recipe(&[make], "SELECT rtrim(pg_get_viewdef('pg_temp.revgraph_view'::regclass), ';')", texts)
}

/// A condition on the rows of a table, as that of a view of it: so its columns have their types, and so has the row.
fn condition(table: &str, texts: Texts) -> Recipe {
    view(texts.map(|text| text.map(|text| format!("SELECT 1 AS one FROM ONLY {table} WHERE ({text})"))))
}

const DEFAULT: &str =
    "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'pg_temp.revgraph_table'::regclass";

/// A default is converted to its column's type, and one that comes to NULL is none.
fn column_default(identity: &Identity, texts: Texts) -> Recipe {
    let column = identifier(identity.part.as_deref().unwrap_or_default());
    let alter = format!("ALTER TABLE pg_temp.revgraph_table ALTER COLUMN {column} SET DEFAULT (");
    recipe(&[copy_of(&object(identity)), Step::Around(alter, ")")], DEFAULT, texts)
}

/// The column is made anew, of the type that it has.
fn generated(identity: &Identity, texts: Texts) -> Recipe {
    let table = object(identity);
    let renew = "SELECT format('ALTER TABLE pg_temp.revgraph_table DROP COLUMN %1$I, ADD COLUMN %1$I %2$s GENERATED \
                 ALWAYS AS (%3$s) STORED', attname, format_type(atttypid, atttypmod), ";
    let of_column = format!(
        ") FROM pg_attribute WHERE attrelid = {}::regclass AND attname = {}",
        literal(&table),
        literal(identity.part.as_deref().unwrap_or_default()),
    );
    recipe(&[copy_of(&table), Step::Query(renew.to_owned(), of_column)], DEFAULT, texts)
}

fn partition_key(table: &str, texts: Texts) -> Recipe {
    let make = format!("CREATE TEMPORARY TABLE revgraph_table (LIKE {table}) PARTITION BY ");
    recipe(&[Step::Around(make, "")], "SELECT pg_get_partkeydef('pg_temp.revgraph_table'::regclass)", texts)
}

/// From the access method on, as the snapshot has it.
fn index(table: &str, texts: Texts) -> Recipe {
    let make = Step::Around("CREATE INDEX revgraph_index ON pg_temp.revgraph_table ".to_owned(), "");
    let print = "SELECT regexp_replace(pg_get_indexdef('pg_temp.revgraph_index'::regclass), '^.*? (USING .*)$', '\\1')";
    recipe(&[copy_of(table), make], print, texts)
}

fn exclusion(table: &str, texts: Texts) -> Recipe {
    let add = "ALTER TABLE pg_temp.revgraph_table ADD CONSTRAINT revgraph_constraint ";
    let add = Step::Around(add.to_owned(), "");
    let print = "SELECT pg_get_constraintdef(oid) FROM pg_constraint \
                 WHERE conrelid = 'pg_temp.revgraph_table'::regclass AND conname = 'revgraph_constraint'";
    recipe(&[copy_of(table), add], print, texts)
}

/// A domain over the domain has the same values.
fn domain_check(identity: &Identity, texts: Texts) -> Recipe {
    let domain = object(identity);
    let make = format!("CREATE DOMAIN pg_temp.revgraph_domain AS {domain} CONSTRAINT revgraph_constraint CHECK (");
    let print = "SELECT pg_get_expr(conbin, 0) FROM pg_constraint \
                 WHERE contypid = 'pg_temp.revgraph_domain'::regtype AND conname = 'revgraph_constraint'";
    Recipe { owner: owner_of_type(&domain), ..recipe(&[Step::Around(make, ")")], print, texts) }
}

fn domain_default(identity: &Identity, texts: Texts) -> Recipe {
    let make = format!("CREATE DOMAIN pg_temp.revgraph_domain AS {} DEFAULT (", object(identity));
    let print = "SELECT pg_get_expr(typdefaultbin, 0) FROM pg_type WHERE oid = 'pg_temp.revgraph_domain'::regtype";
    recipe(&[Step::Around(make, ")")], print, texts)
}

/// Servers before 15 print the number of the session's schema.
const OF_THIS_SESSION: &str = "'pg_temp_[0-9]+\\.revgraph_', 'pg_temp.revgraph_'";

/// The same trigger on a copy of its table.
fn trigger(table: &str, texts: &Texts) -> Option<Recipe> {
    let makes_one = |text: &&str| text.starts_with("CREATE TRIGGER ") || text.starts_with("CREATE CONSTRAINT TRIGGER ");
    let texts = changed(texts, |text| retarget(Some(text).filter(makes_one)?, "ON", "pg_temp.revgraph_table"))?;
    let print = format!(
        "SELECT regexp_replace(pg_get_triggerdef(oid), {OF_THIS_SESSION}) FROM pg_trigger \
         WHERE tgrelid = 'pg_temp.revgraph_table'::regclass"
    );
    Some(recipe(&[copy_of(table), as_it_is()], &print, texts))
}

/// The same rule on a table with the columns of its view or table.
fn rule(table: &str, texts: &Texts) -> Option<Recipe> {
    let makes_one = |text: &&str| text.starts_with("CREATE RULE ");
    let texts = changed(texts, |text| retarget(Some(text).filter(makes_one)?, "TO", "pg_temp.revgraph_table"))?;
    let print = format!(
        "SELECT rtrim(regexp_replace(pg_get_ruledef(oid), {OF_THIS_SESSION}), ';') FROM pg_rewrite \
         WHERE ev_class = 'pg_temp.revgraph_table'::regclass"
    );
    Some(recipe(&[copy_of(table), as_it_is()], &print, texts))
}

/// The same statistics on a copy of their table, which only the text names.
fn statistics(texts: &Texts) -> Option<Recipe> {
    let tables = texts.each_ref().map(|text| text.as_deref().and_then(table_of_statistics));
    let table = tables.iter().flatten().next()?.clone();
    let texts = changed(texts, |text| {
        let text = text.strip_prefix("CREATE STATISTICS ")?.strip_suffix(&table)?;
        let text = format!("CREATE STATISTICS {text}pg_temp.revgraph_table");
        retarget(&text, "STATISTICS", "pg_temp.revgraph_statistics")
    })?;
    let print = format!(
        "SELECT regexp_replace(pg_get_statisticsobjdef(oid), {OF_THIS_SESSION}, 'g') FROM pg_statistic_ext \
         WHERE stxrelid = 'pg_temp.revgraph_table'::regclass"
    );
    Some(Recipe { owner: owner_of_relation(&table), ..recipe(&[copy_of(&table), as_it_is()], &print, texts) })
}

/// The arguments of a function that does nothing. Whether it has to say what it returns depends on them.
fn arguments(texts: &Texts) -> Vec<Recipe> {
    let print = "SELECT pg_get_function_arguments(oid) FROM pg_proc \
                 WHERE proname = 'revgraph_function' AND pronamespace = pg_my_temp_schema()";
    let returning = |end: &'static str| {
        let make = "CREATE FUNCTION pg_temp.revgraph_function(".to_owned();
        recipe(&[Step::Around(make, end)], print, texts.clone())
    };
    vec![returning(") RETURNS record LANGUAGE sql AS ''"), returning(") LANGUAGE sql AS ''")]
}

/// The body of a function that takes and returns the same.
fn sql_body(identity: &Identity, texts: Texts) -> Recipe {
    let make = "SELECT format('CREATE FUNCTION pg_temp.revgraph_function(%s) RETURNS %s LANGUAGE sql %s', \
                pg_get_function_arguments(p.oid), coalesce(pg_get_function_result(p.oid), 'void'), ";
    let of_function = format!(") {}", from_function(identity));
    let print = "SELECT pg_get_function_sqlbody(oid) FROM pg_proc \
                 WHERE proname = 'revgraph_function' AND pronamespace = pg_my_temp_schema()";
    recipe(&[Step::Query(make.to_owned(), of_function)], print, texts)
}
