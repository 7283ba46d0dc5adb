//! revgraph in a program: what [`Project`] does with the program's own connection, or with one to a server's address.
//!
//! All of it is made of the same operations as the command line's, on a [`Job`]; which connection that is done on is the
//! only difference between the three forms of each.

mod deploy;
mod event;
mod job;
mod lend;
mod report;
mod server;

pub use deploy::Deploy;
pub use event::Event;
pub use server::Server;

use crate::database::sources::Sources;
use crate::error::Error;
use crate::graph::{Direction, Plan};
use crate::operation::check::{Findings, check_files};
use crate::operation::current::Current;
use crate::operation::deploy::Deployed;
use crate::project::Project;
use job::{Job, deployment, findings, pending, standing};
use lend::{lend, lend_async};

/// # On a connection of `postgres`
///
/// The program lends its connection for the length of the call. Pools hand out something that dereferences to one:
/// `project.upgrade(&mut pooled, "heads")` takes that as well. See the [crate's guide](crate#the-connection-that-you-lend) for
/// what holds of the session meanwhile and afterwards.
impl Project {
    /// Brings the database to a target: runs what it needs and the database lacks, each revision in a transaction with its
    /// row in the ledger. Nothing to do is no error, and takes two round trips.
    ///
    /// Whoever comes second, such as another instance of the same service, waits for the first and finds nothing to do.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let project = revgraph::Project::find(".")?;
    /// let mut client = postgres::Client::connect("postgres://app@localhost/app", postgres::NoTls)?;
    /// let deployed = project.upgrade(&mut client, "heads")?;
    /// println!("{deployed}");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// See [`Error`]. What was done before it is recorded and stays; the revision that failed has been rolled back, if it
    /// is one transaction.
    pub fn upgrade(&self, client: &mut postgres::Client, deploy: impl Into<Deploy>) -> Result<Deployed, Error> {
        lend(self, client, self.lent(Direction::Up, deploy.into()))
    }

    /// Undoes what stands above a target. What would lose rows is refused unless [`Deploy::losing_data`] allows it.
    ///
    /// # Errors
    /// As [`Project::upgrade`].
    pub fn downgrade(&self, client: &mut postgres::Client, deploy: impl Into<Deploy>) -> Result<Deployed, Error> {
        lend(self, client, self.lent(Direction::Down, deploy.into()))
    }

    /// What [`Project::upgrade`] would do now, for a program that doesn't migrate by itself and won't start on a database
    /// that is behind. Nothing is locked or changed. An empty plan: there is nothing to do.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let project = revgraph::Project::find(".")?;
    /// # let mut client = postgres::Client::connect("host=localhost user=app dbname=app", postgres::NoTls)?;
    /// if !project.pending(&mut client, "heads")?.steps.is_empty() {
    ///     return Err("the database is behind this program: run `revgraph upgrade`".into());
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// What stops an upgrade before it runs anything: an edited revision, or `missing_files` where the database is ahead
    /// of the program.
    pub fn pending(&self, client: &mut postgres::Client, deploy: impl Into<Deploy>) -> Result<Plan, Error> {
        lend(self, client, pending(&self.config, deploy.into()))
    }

    /// Where the database is, as far as its ledger and the project's files tell.
    ///
    /// # Errors
    /// The files are unsound, or the ledger can't be read.
    pub fn current(&self, client: &mut postgres::Client) -> Result<Current, Error> {
        lend(self, client, standing(&self.config))
    }

    /// All that `revgraph check` finds: what is pending, edited, missing or unfinished.
    ///
    /// # Errors
    /// The files are unsound, or the ledger can't be read.
    pub fn check(&self, client: &mut postgres::Client) -> Result<Findings, Error> {
        lend(self, client, findings(&self.config))
    }

    /// Checks the files alone, and tells what of them is not as it should be: revisions without a way down, and baselines that
    /// are not what was proved. For a test of the program, which needs no database for it.
    ///
    /// # Errors
    /// The files are unsound: all that is wrong with them, or with the graph that they make.
    pub fn check_files(&self) -> Result<Findings, Error> {
        check_files(&self.history()?)
    }

    fn lent(&self, direction: Direction, deploy: Deploy) -> Job<Deployed> {
        // A connection that was lent loads nothing.
        deployment(&self.config, Sources::default(), direction, deploy)
    }
}

/// # On a connection of `tokio-postgres`
///
/// The same as the methods of the same names on a `postgres::Client`, for programs with futures. They run on any executor, of
/// one thread or many: what they wait for is the connection alone, and reading the files and planning go on elsewhere.
///
/// A future that is dropped stops the deployment behind the message that the server is at, and leaves the session as it
/// was: what is done stays and is recorded, and the next upgrade goes on from there.
impl Project {
    /// [`Project::upgrade`] on a connection of `tokio-postgres`.
    ///
    /// ```no_run
    /// # async fn start() -> Result<(), Box<dyn std::error::Error>> {
    /// let project = revgraph::Project::find(".")?;
    /// let url = "postgres://app@localhost/app";
    /// let (mut client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    /// tokio::spawn(connection);
    /// project.upgrade_async(&mut client, "heads").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Project::upgrade`]. Here the place of every statement that fails is known.
    pub async fn upgrade_async(
        &self,
        client: &mut tokio_postgres::Client,
        deploy: impl Into<Deploy>,
    ) -> Result<Deployed, Error> {
        lend_async(self.clone(), client, self.lent(Direction::Up, deploy.into())).await
    }

    /// [`Project::downgrade`] on a connection of `tokio-postgres`.
    ///
    /// # Errors
    /// As [`Project::upgrade_async`].
    pub async fn downgrade_async(
        &self,
        client: &mut tokio_postgres::Client,
        deploy: impl Into<Deploy>,
    ) -> Result<Deployed, Error> {
        lend_async(self.clone(), client, self.lent(Direction::Down, deploy.into())).await
    }

    /// [`Project::pending`] on a connection of `tokio-postgres`.
    ///
    /// # Errors
    /// As [`Project::pending`].
    pub async fn pending_async(
        &self,
        client: &mut tokio_postgres::Client,
        deploy: impl Into<Deploy>,
    ) -> Result<Plan, Error> {
        lend_async(self.clone(), client, pending(&self.config, deploy.into())).await
    }

    /// [`Project::current`] on a connection of `tokio-postgres`.
    ///
    /// # Errors
    /// As [`Project::current`].
    pub async fn current_async(&self, client: &mut tokio_postgres::Client) -> Result<Current, Error> {
        lend_async(self.clone(), client, standing(&self.config)).await
    }

    /// [`Project::check`] on a connection of `tokio-postgres`.
    ///
    /// # Errors
    /// As [`Project::check`].
    pub async fn check_async(&self, client: &mut tokio_postgres::Client) -> Result<Findings, Error> {
        lend_async(self.clone(), client, findings(&self.config)).await
    }
}

/// Makes a project of a folder of revisions that becomes a part of the program: nothing of it is read at run time.
///
/// ```ignore
/// let project = revgraph::embed!("revisions");
/// let project = revgraph::embed!("revisions", archive: "archive");
/// let project = revgraph::embed!("revisions", archive: "archive", config: "revgraph.toml");
/// ```
///
/// Paths are from the folder of the `Cargo.toml` of the crate in which it stands. What is not there is an error of the
/// build; what is wrong with a revision is told when the project is first used, with its path as written, like that of a
/// file on disk: all of what is wrong, before the database is touched.
///
/// - **`archive`**: the folder in which `revgraph squash` keeps what a baseline replaces. A database that has a part of it,
///   because it was last upgraded before the squash, finishes along it. Without it such a database gets the error
///   `archive_gone`; databases that are new, or have all of it, don't need it.
/// - **`config`**: the settings. Those of deployments count: `ledger_schema`, `lock_timeout`, `lock_wait`,
///   `statement_timeout`, `retries`. With another `ledger_schema` than the default this is needed, or the program takes the
///   database for a new one. The text is in the program, a password in it too: give the file none.
///
/// # When files change
///
/// The compiler knows of each file that it has embedded, but not that a new one has come. Tell cargo to look, by a
/// `build.rs` beside `Cargo.toml`:
///
/// ```ignore
/// fn main() {
///     println!("cargo:rerun-if-changed=revisions");
///     println!("cargo:rerun-if-changed=archive");
/// }
/// ```
#[macro_export]
macro_rules! embed {
    ($revisions:literal $(, archive: $archive:literal)? $(, config: $config:literal)? $(,)?) => {
        $crate::Project::from_embedded(
            $crate::__embed_folder!($revisions),
            ::core::option::Option::None$(.or(::core::option::Option::Some($crate::__embed_folder!($archive))))?,
            ::core::option::Option::None$(.or(::core::option::Option::Some((
                $config,
                ::core::include_str!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/", $config)),
            ))))?,
        )
    };
}

/// One folder of [`embed!`].
#[doc(hidden)]
#[macro_export]
macro_rules! __embed_folder {
    ($path:literal) => {{
        use $crate::__private::rust_embed;
        #[derive(rust_embed::RustEmbed)]
        #[folder = $path]
        struct Folder;
        $crate::__private::EmbeddedFolder::of::<Folder>($path)
    }};
}
