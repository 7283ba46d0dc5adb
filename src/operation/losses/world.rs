//! A database as a plan goes through it.

mod renamed;

use std::collections::{HashMap, HashSet};

use super::facts::{Also, Column, Facts, Named, Relation};
use super::loss::{How, Loss, LossKind, There};
use super::names::{Names, Thing};
use super::script::{Event, Happening, Step};
use super::types;
use crate::revision::statement::{Destruction, Loss as Text, ObjectKind, ObjectName, shown};
use renamed::ColumnFate;

/// A database, or what is known of it, and what was lost so far.
pub(super) struct World<'f> {
    facts: Option<&'f Facts>,
    relations: HashMap<u32, &'f Relation>,
    columns: HashMap<(u32, &'f str), &'f Column>,
    names: Names<'f>,
    /// Columns that the plan has made, renamed or dropped: their table, the name that they have now.
    fates: Vec<(ObjectName, String, ColumnFate)>,
    /// Schemas that the plan has made.
    new_schemas: Vec<String>,
    /// Schemas that the plan has renamed: what they are called now, and were called before.
    renamed_schemas: Vec<(String, String)>,
    /// Tables all of whose rows are lost.
    lost: HashSet<u32>,
    losses: Vec<Loss>,
}

/// The step that something happens in.
type At<'s> = &'s Step<'s>;

impl<'f> World<'f> {
    /// A database of which this is known.
    pub fn with(facts: &'f Facts) -> World<'f> {
        World {
            facts: Some(facts),
            relations: facts.relations.iter().map(|relation| (relation.oid, relation)).collect(),
            columns: facts.columns.iter().map(|column| ((column.relation, column.name.as_str()), column)).collect(),
            ..World::of(Names::of(facts))
        }
    }

    /// A database that nobody has asked.
    pub fn unknown() -> World<'f> {
        World::of(Names::unknown())
    }

    fn of(names: Names<'f>) -> World<'f> {
        World {
            facts: None,
            relations: HashMap::new(),
            columns: HashMap::new(),
            names,
            fates: Vec::new(),
            new_schemas: Vec::new(),
            renamed_schemas: Vec::new(),
            lost: HashSet::new(),
            losses: Vec::new(),
        }
    }

    /// Lets all of it happen. Gives what is lost of what was there before.
    pub fn live(mut self, steps: &[Step<'_>], happenings: Vec<Happening>) -> Vec<Loss> {
        for (number, event) in happenings {
            let Some(step) = steps.get(number) else { continue };
            match event {
                Event::Path(path) => self.names.look_in(path),
                Event::End => self.names.end_session(),
                Event::Made(made) => self.made(&made),
                Event::PutAway(away) => self.put_away(&away),
                Event::Back(back) => self.bring_back(&back),
                Event::MadeSchema(name) => {
                    self.names.make_schema(&name);
                    self.new_schemas.push(name);
                }
                Event::RenamedSchema(from, to) => {
                    self.names.rename_schema(&from, &to);
                    self.new_schemas.iter_mut().filter(|name| **name == from).for_each(|name| name.clone_from(&to));
                    self.renamed_schemas.push((to, self.schema_before(&from)));
                }
                Event::Destroyed(destruction) => self.destroyed(step, &destruction),
            }
        }
        self.losses
    }

    fn destroyed(&mut self, step: At<'_>, destruction: &Destruction) {
        let object = &destruction.object;
        match object.kind {
            ObjectKind::Column => self.column(step, destruction),
            ObjectKind::Schema => self.schema(step, &object.name.name),
            ObjectKind::Extension | ObjectKind::Owned | ObjectKind::Type | ObjectKind::Domain => {
                self.root(step, destruction);
            }
            ObjectKind::Attribute => {
                if !matches!(self.names.find(&object.name), Some((_, Thing::New))) {
                    self.plain(step, destruction, LossKind::Attribute);
                }
            }
            ObjectKind::Database => self.plain(step, destruction, LossKind::Other("database")),
            _ => self.relation(step, destruction),
        }
    }

    /// A table, or something that is found like one, is dropped or emptied.
    fn relation(&mut self, step: At<'_>, destruction: &Destruction) {
        let name = &destruction.object.name;
        let found = self.names.find(name);
        if destruction.loss == Text::Drop {
            self.take(name);
        }
        match found {
            Some((_, Thing::There(relation))) => self.known_relation(step, destruction, relation),
            Some((_, Thing::Unknown(before))) => {
                let loss = self.loss(step, kind_of(destruction.object.kind), before.shown(), how(&destruction.loss));
                self.losses.push(Loss { shown: name.shown(), ..loss });
            }
            Some((_, Thing::Type(_) | Thing::New | Thing::Gone)) | None => {}
        }
    }

    fn known_relation(&mut self, step: At<'_>, destruction: &Destruction, relation: &'f Relation) {
        let (how, shown) = (how(&destruction.loss), destruction.object.name.shown());
        let (root, with) = match destruction.loss {
            Text::Truncate => (("truncate", relation.oid, None), format!("table {shown}")),
            _ => (("relation", relation.oid, None), destruction.object.to_string()),
        };
        let also = if destruction.cascade { self.also(root) } else { Vec::new() };
        let is_empty_handed = !also.iter().any(|also| also.relation.is_some());
        if destruction.loss == Text::Drop && matches!(relation.kind, 'v' | 'f') && is_empty_handed {
            return;
        }
        let takes = takes(&also);
        if self.loses(relation, &how) {
            let loss = self.loss_of(step, relation, how.clone());
            let name = &destruction.object.name;
            let now = ObjectName { schema: now_in(name, relation), name: relation.name.clone() };
            let shown = with_old_name(shown, &now.shown(), name.name == relation.name);
            self.losses.push(Loss { shown, takes, ..loss });
        }
        self.reached(step, &also, &how, &with);
        if destruction.loss != Text::Drop {
            let heirs = relation.heirs.iter().filter_map(|oid| self.relations.get(oid).copied());
            for heir in heirs.collect::<Vec<_>>() {
                self.whole(step, heir, &how, &with);
            }
        }
    }

    /// A column is dropped, or its values are changed.
    fn column(&mut self, step: At<'_>, destruction: &Destruction) {
        let object = &destruction.object;
        let Some(column) = &object.part else { return };
        let Some((table, thing)) = self.names.find(&object.name) else { return };
        let fate = self.fate(&table, column);
        if destruction.loss == Text::Drop {
            self.fates.push((table, column.clone(), ColumnFate::Gone));
        }
        let before = match fate {
            Some(ColumnFate::New | ColumnFate::Gone) => return,
            Some(ColumnFate::Was(before)) => before,
            None => column.clone(),
        };
        let (how, called) = (how(&destruction.loss), object.shown());
        match thing {
            Thing::There(relation) => {
                let Some(known) = self.columns.get(&(relation.oid, before.as_str())).copied() else { return };
                if matches!(&how, How::Narrow(to) if !types::narrows(&known.type_name, to)) {
                    return;
                }
                let root = ("column", relation.oid, Some(before.as_str()));
                let also = if destruction.cascade { self.also(root) } else { Vec::new() };
                if !self.lost.contains(&relation.oid) {
                    let loss = self.loss_of_column(step, relation, known, how.clone());
                    let is_same = before == *column && object.name.name == relation.name;
                    let now = ObjectName { schema: now_in(&object.name, relation), name: relation.name.clone() };
                    let before = format!("{}.{}", now.shown(), shown(&before));
                    let shown = with_old_name(called, &before, is_same);
                    self.losses.push(Loss { shown, takes: takes(&also), ..loss });
                }
                self.reached(step, &also, &how, &object.to_string());
            }
            Thing::Unknown(table) => {
                let object = format!("{}.{}", table.shown(), shown(&before));
                let loss = self.loss(step, LossKind::Column, object, how);
                self.losses.push(Loss { shown: called, ..loss });
            }
            Thing::Type(_) | Thing::New | Thing::Gone => {}
        }
    }

    /// A schema is dropped with all that is in it.
    fn schema(&mut self, step: At<'_>, name: &str) {
        self.names.take_schema(name);
        if let Some(at) = self.new_schemas.iter().position(|new| new == name) {
            self.new_schemas.remove(at);
            return;
        }
        let before = self.schema_before(name);
        let oid =
            self.facts.map(|facts| facts.schemas.iter().find(|known| known.name == before).map(|known| known.oid));
        self.cascade(step, "schema", "schema", &ObjectName { schema: None, name: name.to_owned() }, oid);
    }

    fn schema_before(&self, name: &str) -> String {
        let renamed = self.renamed_schemas.iter().rev().find(|(now, _)| now == name);
        renamed.map_or_else(|| name.to_owned(), |(_, before)| before.clone())
    }

    /// Something is dropped that holds nothing itself, with what depends on it.
    fn root(&mut self, step: At<'_>, destruction: &Destruction) {
        let name = &destruction.object.name;
        let (root, word) = match destruction.object.kind {
            ObjectKind::Extension => ("extension", "extension"),
            ObjectKind::Owned => ("role", "all that is owned by"),
            ObjectKind::Domain => ("type", "domain"),
            _ => ("type", "type"),
        };
        let named = |all: &[Named]| all.iter().find(|one| one.name == name.name).map(|one| one.oid);
        let oid = match (root, self.facts) {
            ("type", _) => match self.names.find_type(name) {
                Some((_, Thing::Type(known))) => Some(Some(known.oid)),
                Some((_, Thing::Unknown(_))) => None,
                _ => return,
            },
            ("extension", facts) => facts.map(|facts| named(&facts.extensions)),
            (_, facts) => facts.map(|facts| named(&facts.roles)),
        };
        self.cascade(step, root, word, name, oid);
    }

    /// What goes with something that holds nothing itself. `oid`: None where no database was asked, then None where it
    /// isn't there.
    fn cascade(&mut self, step: At<'_>, root: &str, word: &'static str, name: &ObjectName, oid: Option<Option<u32>>) {
        let also = match oid {
            None => Vec::new(),
            Some(None) => return,
            Some(Some(oid)) => self.also((root, oid, None)),
        };
        if oid.is_some() && !also.iter().any(|also| also.relation.is_some()) {
            return;
        }
        let loss = self.loss(step, LossKind::Other(word), name.shown(), How::Drop);
        self.losses.push(Loss { takes: takes(&also), ..loss });
        self.reached(step, &also, &How::Drop, &format!("{word} {}", name.shown()));
    }

    /// Something of which nothing more is known.
    fn plain(&mut self, step: At<'_>, destruction: &Destruction, kind: LossKind) {
        let name = destruction.object.shown();
        let loss = self.loss(step, kind, name, how(&destruction.loss));
        self.losses.push(loss);
    }

    fn also(&self, (kind, of, part): (&str, u32, Option<&str>)) -> Vec<&'f Also> {
        let all = self.facts.map(|facts| facts.also.as_slice()).unwrap_or_default();
        all.iter().filter(|also| also.kind == kind && also.of == of && also.part.as_deref() == part).collect()
    }

    /// The tables and columns that go with something.
    fn reached(&mut self, step: At<'_>, also: &[&'f Also], how: &How, with: &str) {
        for also in also {
            let Some(relation) = also.relation.and_then(|oid| self.relations.get(&oid).copied()) else { continue };
            let Some(name) = &also.column else {
                self.whole(step, relation, how, with);
                continue;
            };
            let column = self.columns.get(&(relation.oid, name.as_str())).copied();
            if let Some(column) = column.filter(|_| !self.lost.contains(&relation.oid)) {
                let loss = self.loss_of_column(step, relation, column, how.clone());
                self.losses.push(Loss { with: Some(with.to_owned()), ..loss });
            }
        }
    }

    /// Whether it was not all lost before; from here on it is, unless it is only some of its rows.
    fn loses(&mut self, relation: &Relation, how: &How) -> bool {
        match how {
            How::DeleteSome => !self.lost.contains(&relation.oid),
            _ => self.lost.insert(relation.oid),
        }
    }

    fn whole(&mut self, step: At<'_>, relation: &'f Relation, how: &How, with: &str) {
        if self.loses(relation, how) {
            let loss = self.loss_of(step, relation, how.clone());
            self.losses.push(Loss { with: Some(with.to_owned()), ..loss });
        }
    }

    fn loss(&self, step: At<'_>, kind: LossKind, object: String, how: How) -> Loss {
        Loss {
            revision: step.revision.id.clone(),
            direction: step.direction.to_string(),
            kind,
            shown: object.clone(),
            object,
            how,
            rows: None,
            bytes: None,
            exact: false,
            with: None,
            takes: Vec::new(),
            there: None,
        }
    }

    /// All rows of a relation.
    fn loss_of(&self, step: At<'_>, relation: &Relation, how: How) -> Loss {
        let kind = match relation.kind {
            'm' => LossKind::MaterializedView,
            'S' => LossKind::Sequence,
            'v' => LossKind::Other("view"),
            'f' => LossKind::Other("foreign table"),
            _ => LossKind::Table,
        };
        let leads_to_rows = how.empties() && matches!(relation.kind, 'v' | 'f');
        let loss = self.loss(step, kind, full_name(relation).shown(), how);
        if leads_to_rows {
            return Loss { there: Some(self.shown_by(relation)), ..loss };
        }
        if !kind.holds_rows() {
            return loss;
        }
        let rows = if relation.empty { Some(0) } else { relation.rows };
        Loss { rows, bytes: Some(relation.bytes), exact: relation.empty, there: Some(there(relation, None)), ..loss }
    }

    /// The rows that a view or a foreign table shows: those of a view are in tables.
    fn shown_by(&self, relation: &Relation) -> There {
        let shows = relation.shows.iter().filter_map(|oid| self.relations.get(oid));
        let tables = shows.filter(|shown| matches!(shown.kind, 'r' | 'p'));
        let parts = tables.flat_map(|table| table.parts.iter().cloned()).collect();
        // Nobody knows how long its query takes.
        There { heap: u64::MAX, parts, ..there(relation, None) }
    }

    /// The values of a column.
    fn loss_of_column(&self, step: At<'_>, relation: &Relation, column: &Column, how: How) -> Loss {
        let object = format!("{}.{}", full_name(relation).shown(), shown(&column.name));
        let loss = self.loss(step, LossKind::Column, object, how);
        let rows = match (relation.empty, relation.rows, column.nulls) {
            (true, _, _) => Some(0),
            (_, Some(rows), Some(nulls)) => Some((rows as f64 * (1.0 - nulls)).round() as u64),
            _ => None,
        };
        let bytes = match (relation.empty, rows, column.width) {
            (true, _, _) => Some(0),
            (_, Some(rows), Some(width)) => Some(rows * u64::from(width)),
            _ => None,
        };
        Loss { rows, bytes, exact: relation.empty, there: Some(there(relation, Some(column.name.clone()))), ..loss }
    }
}

/// What something is called when it goes, with what it is called now if that is another name.
fn with_old_name(shown: String, now: &str, is_same: bool) -> String {
    if is_same { shown } else { format!("{shown} (now {now})") }
}

/// The schema that a relation is in now, if the statement has one: what it finds by its path is called so as well.
fn now_in(name: &ObjectName, relation: &Relation) -> Option<String> {
    name.schema.as_ref().map(|_| relation.schema.clone())
}

fn takes(also: &[&Also]) -> Vec<String> {
    also.iter().filter_map(|also| also.what.clone()).collect()
}

fn full_name(relation: &Relation) -> ObjectName {
    ObjectName { schema: Some(relation.schema.clone()), name: relation.name.clone() }
}

fn there(relation: &Relation, column: Option<String>) -> There {
    let table = full_name(relation);
    There { table, column, heap: relation.heap, is_partitioned: relation.kind == 'p', parts: relation.parts.clone() }
}

fn kind_of(kind: ObjectKind) -> LossKind {
    match kind {
        ObjectKind::MaterializedView => LossKind::MaterializedView,
        ObjectKind::Sequence => LossKind::Sequence,
        ObjectKind::Other(word) => LossKind::Other(word),
        _ => LossKind::Table,
    }
}

fn how(loss: &Text) -> How {
    match loss {
        Text::Drop | Text::UpdateAll(_) => How::Drop,
        Text::Truncate => How::Truncate,
        Text::DeleteAll => How::Delete,
        Text::DeleteSome => How::DeleteSome,
        Text::Narrow(to) => How::Narrow(to.clone()),
        Text::EnumRebuild(to) => How::EnumRebuild(to.clone()),
    }
}
