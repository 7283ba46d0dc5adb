use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::schema::Unclaimed;
use crate::schema::ignore::Aspect;

fn id(kind: &str, name: &str, part: Option<&str>) -> Identity {
    Identity {
        schema: Some("public".to_owned()),
        name: name.to_owned(),
        part: part.map(str::to_owned),
        kind: kind.to_owned(),
    }
}

fn snapshot(objects: impl IntoIterator<Item = (Identity, Value)>) -> Snapshot {
    let attributes = |value: Value| match value {
        Value::Object(map) => map.into_iter().collect(),
        other => panic!("{other} has no attributes"),
    };
    Snapshot {
        server_version: 150_018,
        objects: objects.into_iter().map(|(identity, value)| (identity, attributes(value))).collect(),
        not_compared: Vec::new(),
        rows: None,
    }
}

fn ignoring(aspects: &[Aspect]) -> Ignore {
    aspects.iter().copied().collect()
}

#[test]
fn each_kind_of_difference_is_told() {
    let before = snapshot([
        (id("table", "a", None), json!({ "owner": "x", "unlogged": false })),
        (id("table", "b", None), json!({})),
    ]);
    let after = snapshot([
        (id("table", "a", None), json!({ "owner": "x", "unlogged": true, "comment": "new" })),
        (id("table", "c", None), json!({})),
    ]);
    let found = compare(&before, &after, &Ignore::default());
    assert_eq!(found.added.keys().collect::<Vec<_>>(), [&id("table", "c", None)]);
    assert_eq!(found.removed.keys().collect::<Vec<_>>(), [&id("table", "b", None)]);
    let change = |attribute: &str, before: Option<Value>, after: Option<Value>| AttributeChange {
        attribute: attribute.to_owned(),
        before,
        after,
    };
    let attributes =
        vec![change("comment", None, Some(json!("new"))), change("unlogged", Some(json!(false)), Some(json!(true)))];
    assert_eq!(found.changed, [Changed { identity: id("table", "a", None), attributes, inherited: false }]);
}

#[test]
fn what_is_ignored_does_not_differ() {
    let before = snapshot([(id("column", "a", Some("x")), json!({ "owner": "x", "position": 1, "type": "text" }))]);
    let after = snapshot([(id("column", "a", Some("x")), json!({ "owner": "y", "position": 2, "type": "text" }))]);
    let attributes = |aspects: &[Aspect]| -> Vec<String> {
        let found = compare(&before, &after, &ignoring(aspects));
        found.changed.iter().flat_map(|changed| &changed.attributes).map(|change| change.attribute.clone()).collect()
    };
    assert_eq!(attributes(&[]), ["owner", "position"]);
    assert_eq!(attributes(&[Aspect::Owners]), ["position"]);
    assert_eq!(attributes(&[Aspect::ColumnOrder, Aspect::Owners]), [""; 0]);
}

#[test]
fn without_their_names_indexes_are_what_they_are() {
    let index = |name: &str, on: &str| (id("index", "a", Some(name)), json!({ "on": on }));
    let before = snapshot([index("one", "x"), index("two", "y"), index("three", "z"), index("same", "w")]);
    let after = snapshot([index("uno", "x"), index("one", "y"), index("three", "q"), index("same", "w")]);
    let found = compare(&before, &after, &ignoring(&[Aspect::IndexNames]));
    assert!(found.added.is_empty() && found.removed.is_empty(), "{found:?}");
    let changed: Vec<&Identity> = found.changed.iter().map(|changed| &changed.identity).collect();
    assert_eq!(changed, [&id("index", "a", Some("three"))]);
    let by_name = compare(&before, &after, &Ignore::default());
    assert_eq!((by_name.added.len(), by_name.removed.len(), by_name.changed.len()), (1, 1, 2));
}

#[test]
fn of_two_equal_indexes_one_is_still_one_too_many() {
    let index = |name: &str| (id("index", "a", Some(name)), json!({ "on": "x" }));
    let before = snapshot([index("one"), index("two")]);
    let after = snapshot([index("two")]);
    let found = compare(&before, &after, &ignoring(&[Aspect::IndexNames]));
    assert_eq!(found.removed.keys().collect::<Vec<_>>(), [&id("index", "a", Some("one"))]);
    assert!(found.added.is_empty() && found.changed.is_empty());
    // Another table's index is no partner.
    let elsewhere = snapshot([index("one"), (id("index", "b", Some("two")), json!({ "on": "x" }))]);
    assert_eq!(compare(&before, &elsewhere, &ignoring(&[Aspect::IndexNames])).added.len(), 1);
}

#[test]
fn what_nobody_looked_at_is_told_whatever_side_has_it() {
    let with = |objects: &[&str]| Snapshot {
        not_compared: vec![Unclaimed {
            catalog: "pg_thing".to_owned(),
            objects: objects.iter().map(|object| (*object).to_owned()).collect(),
        }],
        ..snapshot([])
    };
    let found = compare(&with(&["a", "b"]), &with(&["b", "c"]), &Ignore::default());
    assert!(found.is_empty(), "it says nothing of a difference");
    let told: Vec<_> = found.not_compared.iter().map(|one| (one.object.as_str(), one.before, one.after)).collect();
    assert_eq!(told, [("a", true, false), ("b", true, true), ("c", false, true)]);
}

#[test]
fn rows_are_compared_as_far_as_both_know_them() {
    let table = |count, digest: Option<&str>| TableRows { count, digest: digest.map(str::to_owned) };
    let with = |tables: &[(&str, TableRows)], position| Snapshot {
        rows: Some(Rows {
            tables: tables.iter().map(|(name, rows)| ((*name).to_owned(), rows.clone())).collect(),
            sequences: BTreeMap::from([("s".to_owned(), (position, true))]),
        }),
        ..snapshot([])
    };
    let compare = |before: &Snapshot, after: &Snapshot| compare(before, after, &Ignore::default()).rows;
    let one = with(&[("t", table(2, Some("x"))), ("u", table(1, Some("z")))], 1);
    assert!(compare(&one, &one).is_empty());
    let other = with(&[("t", table(2, Some("y"))), ("u", table(1, Some("z")))], 2);
    let found = compare(&one, &other);
    assert_eq!(found.tables.keys().collect::<Vec<_>>(), ["t"]);
    assert_eq!(found.sequences["s"], Sides { before: Some((1, true)), after: Some((2, true)) });
    let counted = with(&[("t", table(2, None)), ("v", table(0, None))], 1);
    let found = compare(&one, &counted);
    assert_eq!(found.tables.keys().collect::<Vec<_>>(), ["u", "v"]);
    assert!(compare(&one, &snapshot([])).one_sided);
    assert!(!compare(&snapshot([]), &snapshot([])).one_sided);
}

/// Few names and values, so that two snapshots have much in common.
fn any_snapshot() -> impl Strategy<Value = Snapshot> {
    let kind = prop::sample::select(vec!["table", "index", "constraint"]);
    let identity = (kind, "[ab]", prop::option::of("[xyz]"));
    let attributes = prop::collection::btree_map("owner|definition|comment", 0..3u8, 0..3);
    let objects = prop::collection::btree_map(identity, attributes, 0..12);
    objects.prop_map(|objects| {
        let objects = objects.into_iter();
        snapshot(objects.map(|((kind, name, part), attributes)| (id(kind, &name, part.as_deref()), json!(attributes))))
    })
}

fn any_ignore() -> impl Strategy<Value = Ignore> {
    prop::sample::subsequence(Aspect::ALL.to_vec(), 0..4).prop_map(|aspects| aspects.into_iter().collect())
}

/// What *before* becomes when the difference is applied to it.
fn apply(before: &Snapshot, difference: &Difference) -> BTreeMap<Identity, Attributes> {
    let mut objects = before.objects.clone();
    for identity in difference.removed.keys() {
        assert!(objects.remove(identity).is_some(), "{identity} was not there");
    }
    for (identity, attributes) in &difference.added {
        assert!(objects.insert(identity.clone(), attributes.clone()).is_none(), "{identity} was there");
    }
    for changed in &difference.changed {
        assert!(!changed.attributes.is_empty());
        let object = objects.get_mut(&changed.identity).unwrap();
        for change in &changed.attributes {
            assert_eq!(object.get(&change.attribute), change.before.as_ref());
            match &change.after {
                Some(after) => object.insert(change.attribute.clone(), after.clone()),
                None => object.remove(&change.attribute),
            };
        }
    }
    objects
}

proptest! {
    #[test]
    fn nothing_differs_from_itself(one in any_snapshot(), ignore in any_ignore()) {
        prop_assert!(compare(&one, &one, &ignore).is_empty());
    }

    #[test]
    fn a_difference_is_the_way_from_one_to_the_other(one in any_snapshot(), other in any_snapshot()) {
        let difference = compare(&one, &other, &Ignore::default());
        prop_assert_eq!(apply(&one, &difference), other.objects);
    }

    #[test]
    fn seen_from_the_other_side_it_is_the_same(one in any_snapshot(), other in any_snapshot(), ignore in any_ignore()) {
        let (there, back) = (compare(&one, &other, &ignore), compare(&other, &one, &ignore));
        prop_assert_eq!(there.added.len(), back.removed.len());
        prop_assert_eq!(there.removed.len(), back.added.len());
        let turned = back.changed.iter().cloned().map(|changed| Changed {
            attributes: changed.attributes.into_iter().map(|change| AttributeChange {
                before: change.after, after: change.before, ..change
            }).collect(),
            ..changed
        });
        // Without names there may be several ways to pair equally many.
        if !ignore.name("index") && !ignore.name("constraint") {
            prop_assert_eq!(there.added, back.removed);
            prop_assert_eq!(there.removed, back.added);
            prop_assert_eq!(there.changed, turned.collect::<Vec<_>>());
        }
    }

    #[test]
    fn to_ignore_more_never_finds_more(one in any_snapshot(), other in any_snapshot(), ignore in any_ignore()) {
        let size = |found: &Difference| found.added.len() + found.removed.len() + found.changed.len();
        let all = compare(&one, &other, &Ignore::default());
        prop_assert!(size(&compare(&one, &other, &ignore)) <= size(&all));
    }
}
