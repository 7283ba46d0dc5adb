//! A service that brings its database up to date when it starts, with the `postgres` crate.
//!
//! Its revisions are a part of it. Where a database is comes from `DATABASE_URL`:
//!
//! ```console
//! $ DATABASE_URL=postgres://app@localhost/app cargo run --example start_up
//! ```

use std::error::Error;
use std::time::Duration;

use postgres::{Client, NoTls};
use revgraph::Deploy;

fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::var("DATABASE_URL")?;
    let mut client = Client::connect(&url, NoTls)?;
    if let Err(error) = migrate(&mut client) {
        // The message, each place in a file, and what to do next.
        eprint!("{}", error.report());
        std::process::exit(1);
    }
    let steps: i64 = client.query_one("SELECT count(*) FROM public.steps", &[])?.get(0);
    println!("ready, with {steps} steps");
    Ok(())
}

/// Waits for another instance that does the same, and finds nothing left to do behind it.
fn migrate(client: &mut Client) -> Result<(), revgraph::Error> {
    let project = revgraph::embed!("revisions", archive: "archive", config: "revgraph.toml");
    let deploy = Deploy::to("heads").lock_wait(Duration::from_secs(300)).on_event(|event| eprintln!("{event}"));
    let deployed = project.upgrade(client, deploy)?;
    println!("{deployed}");
    Ok(())
}
