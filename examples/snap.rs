use std::sync::Arc;
fn main() {
    let url = std::env::args().nth(1).unwrap();
    let spec = revgraph::database::connect::ConnectionSpec::resolve(
        Some(&url),
        &revgraph::database::connect::Environment::empty().user("postgres"),
    )
    .unwrap();
    let location = revgraph::database::Location::Server(Box::new(spec));
    let mut s = revgraph::database::Session::open(&location, "x", Arc::new(|n| eprintln!("{n:?}"))).unwrap();
    let o = revgraph::schema::ReadOptions { ledger_schema: "revgraph".into(), schemas: None };
    let t = std::time::Instant::now();
    let r = revgraph::schema::read(s.client(), &o);
    eprintln!("{:?}", t.elapsed());
    match r {
        Ok(r) => println!("{}", serde_json::to_string_pretty(&r).unwrap()),
        Err(e) => println!("{e} {e:?}"),
    }
}
