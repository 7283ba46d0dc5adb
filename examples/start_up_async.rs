//! A service that brings its database up to date when it starts, with `tokio-postgres`.
//!
//! ```console
//! $ DATABASE_URL=postgres://app@localhost/app cargo run --example start_up_async
//! ```

use std::error::Error;

use tokio_postgres::NoTls;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::var("DATABASE_URL")?;
    let (mut client, connection) = tokio_postgres::connect(&url, NoTls).await?;
    tokio::spawn(connection);

    let project = revgraph::embed!("revisions", archive: "archive", config: "revgraph.toml");
    match project.upgrade_async(&mut client, "heads").await {
        Ok(deployed) => println!("{deployed}"),
        // An older instance that is started again after a newer one has migrated: here that is no reason to stay down.
        Err(error) if error.kind() == "missing_files" => println!("the database is ahead of this program"),
        Err(error) => {
            eprint!("{}", error.report());
            std::process::exit(1);
        }
    }
    let steps: i64 = client.query_one("SELECT count(*) FROM public.steps", &[]).await?.get(0);
    println!("ready, with {steps} steps");
    Ok(())
}
