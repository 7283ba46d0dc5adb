//! Scratch databases: where they come from, what they are like, and that they go.

use std::sync::Arc;
use std::time::Instant;

use revgraph::database::connect::{ConnectionSpec, Environment};
use revgraph::database::scratch::{Likeness, Scratch, ScratchRequest, Scratches, Source};

use crate::harness::Database;

fn environment() -> Environment {
    Environment::new(|name| std::env::var_os(name))
}

fn make(scratches: &Scratches) -> Scratch {
    scratches.make(Arc::new(|_| ())).unwrap()
}

/// A query's only value.
fn value(scratch: &mut Scratch, query: &str) -> String {
    let messages = scratch.client().simple_query(query).unwrap();
    messages
        .iter()
        .find_map(|message| match message {
            postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        })
        .unwrap()
}

#[test]
fn a_private_server() {
    let t = Instant::now();
    let request = ScratchRequest { sources: vec![Source::Programs], ..ScratchRequest::default() };
    let scratches = Scratches::open(&request, &environment()).unwrap();
    eprintln!("open {:?}", t.elapsed());
    let t = Instant::now();
    let mut one = make(&scratches);
    eprintln!("make {:?}", t.elapsed());
    let mut two = make(&scratches);
    one.client().batch_execute("CREATE TABLE t ()").unwrap();
    assert_eq!(value(&mut two, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
    let t = Instant::now();
    drop((one, two, scratches));
    eprintln!("end {:?}", t.elapsed());
}

#[test]
fn on_the_server() {
    let database = Database::new();
    database.execute("CREATE ROLE \"o'\"\"x\"");
    let spec = ConnectionSpec::resolve(Some(&database.url()), &Environment::empty()).unwrap();
    let request = ScratchRequest { sources: vec![Source::Server(Box::new(spec))], ..ScratchRequest::default() };
    let scratches = Scratches::open(&request, &environment()).unwrap();
    let mut one = make(&scratches);
    let likeness = Likeness::of(one.client()).unwrap();
    eprintln!("{likeness:?}");
    let request = ScratchRequest { sources: vec![Source::Programs], likeness, ..ScratchRequest::default() };
    let scratches2 = Scratches::open(&request, &environment()).unwrap();
    let mut two = make(&scratches2);
    eprintln!("{:?}", Likeness::of(two.client()).unwrap());
    drop(one);
    assert_eq!(database.rows("SELECT datname FROM pg_database WHERE datname LIKE 'revgraph_scratch%'"), [""; 0]);
}
