//! Which object a name means at a point of a plan.

use std::collections::HashMap;

use super::facts::{Facts, Named, Relation};
use crate::revision::statement::ObjectName;

/// What a name means.
#[derive(Debug, Clone)]
pub(super) enum Thing<'f> {
    /// A relation that was there before the plan.
    There(&'f Relation),
    /// A type that was there before the plan.
    Type(&'f Named),
    /// Something that nobody has looked up; by the name that it had before the plan.
    Unknown(ObjectName),
    /// Something that the plan has made.
    New,
    /// Something that the plan has taken away.
    Gone,
}

/// The relations and types that names mean, as a plan goes on.
#[derive(Debug)]
pub(super) struct Names<'f> {
    /// By their names without a schema, the latest ones last.
    entries: HashMap<String, Vec<(ObjectName, Thing<'f>)>>,
    /// Where names without a schema are looked for; None where no database was asked.
    path: Option<Vec<String>>,
    session_path: Option<Vec<String>>,
    user: String,
    /// The schemas that are there.
    schemas: Vec<String>,
}

/// Where temporary tables are: it is looked into first, whatever the search_path.
const TEMPORARY: &str = "pg_temp";
/// It is looked into before the others where a search_path doesn't say when.
const CATALOG: &str = "pg_catalog";

impl<'f> Names<'f> {
    /// Those of a database.
    pub fn of(facts: &'f Facts) -> Names<'f> {
        let mut names = Names {
            entries: HashMap::new(),
            path: Some(facts.path.clone()),
            session_path: Some(facts.path.clone()),
            user: facts.user.clone(),
            schemas: facts.schemas.iter().map(|schema| schema.name.clone()).collect(),
        };
        // A table has a type of its name: whoever asks for a name means the table.
        for named in &facts.types {
            let name = ObjectName { schema: named.schema.clone(), name: named.name.clone() };
            names.add(name, Thing::Type(named));
        }
        for relation in &facts.relations {
            let name = ObjectName { schema: Some(relation.schema.clone()), name: relation.name.clone() };
            names.add(name, Thing::There(relation));
        }
        names
    }

    /// Where nothing is known.
    pub fn unknown() -> Names<'f> {
        Names { entries: HashMap::new(), path: None, session_path: None, user: String::new(), schemas: Vec::new() }
    }

    /// From here on names are looked for in these schemas; None: in the session's own.
    pub fn look_in(&mut self, path: Option<Vec<String>>) {
        if self.session_path.is_none() {
            return;
        }
        self.path = match path {
            None => self.session_path.clone(),
            Some(path) => {
                let user = &self.user;
                let named = path.into_iter().map(|name| if name == "$user" { user.clone() } else { name });
                Some(named.collect())
            }
        };
    }

    /// What a name means now, and what that is called in full. None: nothing that was there, or was made since.
    pub fn find(&self, name: &ObjectName) -> Option<(ObjectName, Thing<'f>)> {
        self.find_among(name, |_| true)
    }

    /// The same of a type: a sequence may have its name.
    pub fn find_type(&self, name: &ObjectName) -> Option<(ObjectName, Thing<'f>)> {
        self.find_among(name, |thing| !matches!(thing, Thing::There(_)))
    }

    fn find_among(&self, name: &ObjectName, may_be: impl Fn(&Thing<'f>) -> bool) -> Option<(ObjectName, Thing<'f>)> {
        let known = self.entries.get(&name.name).map(Vec::as_slice).unwrap_or_default();
        let Some(path) = &self.path else {
            // What is gone can't go once more: `student` and `staging.student`, both dropped, are two.
            let is_it = |(known, thing): &&(ObjectName, Thing<'f>)| {
                known == name || known.may_be(name) && !matches!(thing, Thing::Gone)
            };
            let entry = known.iter().rev().find(is_it).cloned();
            return Some(entry.unwrap_or_else(|| (name.clone(), Thing::Unknown(name.clone()))));
        };
        let in_schema = |schema: &str| {
            let is_it = |(known, thing): &&(ObjectName, Thing<'f>)| {
                known.schema.as_deref() == Some(schema) && !matches!(thing, Thing::Gone) && may_be(thing)
            };
            known.iter().rev().find(is_it).cloned()
        };
        match &name.schema {
            Some(schema) => in_schema(schema),
            None => [TEMPORARY, CATALOG].into_iter().chain(path.iter().map(String::as_str)).find_map(in_schema),
        }
    }

    /// Something comes to be.
    pub fn make(&mut self, name: &ObjectName) {
        let name = self.in_full(name);
        self.add(name, Thing::New);
    }

    /// Something comes back of which only the name is known.
    pub fn make_unknown(&mut self, name: &ObjectName) {
        self.add(name.clone(), Thing::Unknown(name.clone()));
    }

    /// What a relation is called now that was called so before the plan.
    pub fn now(&self, schema: &str, name: &str) -> Option<ObjectName> {
        let is_it = |thing: &Thing<'_>| matches!(thing, Thing::There(was) if was.schema == schema && was.name == name);
        self.entries.values().flatten().find(|(_, thing)| is_it(thing)).map(|(now, _)| now.clone())
    }

    /// Something is gone.
    pub fn take(&mut self, name: &ObjectName) {
        let Some((name, _)) = self.find(name) else { return };
        let of_name = self.entries.entry(name.name.clone()).or_default();
        match of_name.iter_mut().rev().find(|(known, _)| *known == name) {
            Some((_, thing)) => *thing = Thing::Gone,
            None => of_name.push((name, Thing::Gone)),
        }
    }

    /// Something gets another name; gives both names in full.
    pub fn rename(&mut self, from: &ObjectName, to: &ObjectName) -> Option<(ObjectName, ObjectName)> {
        let (before, thing) = self.find(from)?;
        self.take(from);
        let schema = to.schema.clone().or_else(|| before.schema.clone());
        let after = ObjectName { schema, name: to.name.clone() };
        self.add(after.clone(), thing);
        Some((before, after))
    }

    /// A schema comes to be.
    pub fn make_schema(&mut self, name: &str) {
        self.schemas.push(name.to_owned());
    }

    /// A schema gets another name.
    pub fn rename_schema(&mut self, from: &str, to: &str) {
        self.schemas.push(to.to_owned());
        for (name, _) in self.entries.values_mut().flatten().filter(|(name, _)| name.schema.as_deref() == Some(from)) {
            name.schema = Some(to.to_owned());
        }
    }

    /// Nothing of a schema is there any more.
    pub fn take_schema(&mut self, schema: &str) {
        self.schemas.retain(|known| known != schema);
        for (_, thing) in self.entries.values_mut().flatten().filter(|(name, _)| name.schema.as_deref() == Some(schema))
        {
            *thing = Thing::Gone;
        }
    }

    /// Temporary tables go.
    pub fn end_session(&mut self) {
        self.entries.values_mut().for_each(|entries| {
            entries.retain(|(name, _)| name.schema.as_deref() != Some(TEMPORARY));
        });
    }

    fn add(&mut self, name: ObjectName, thing: Thing<'f>) {
        self.entries.entry(name.name.clone()).or_default().push((name, thing));
    }

    /// A new thing's name in full: without a schema it comes into the first one of the path that is there.
    fn in_full(&self, name: &ObjectName) -> ObjectName {
        let is_place = |schema: &&String| !schema.starts_with("pg_") && self.schemas.contains(schema);
        let first = || self.path.iter().flatten().find(is_place).cloned();
        ObjectName { schema: name.schema.clone().or_else(first), name: name.name.clone() }
    }
}
