//! What the tests run against: a private PostgreSQL server, a database a test, a proxy that counts and breaks.
//!
//! The server is started when the first test asks for it and shared by all tests of the process, so `cargo test`, which
//! runs them as threads of one process, is the way to run them. Under a runner that makes a process of each test they
//! work as well, with a server each, which is slow.

mod browser;
mod certificates;
mod database;
mod gate;
mod lasting;
mod pooler;
mod programs;
mod project;
mod proxy;
mod secure;
mod seeded;
mod server;
mod small_disk;
mod terminal;
mod until;

pub use browser::Browser;
pub use certificates::Authority;
pub use database::Database;
pub use gate::{Gate, WAIT};
pub use lasting::lasting;
pub use pooler::Pooler;
pub use programs::program;
pub use project::{Project, Said};
pub use proxy::{Proxy, Speaker};
pub use secure::{PASSWORD, Secure};
pub use seeded::Seeded;
pub use server::{Server, Setup};
pub use small_disk::SmallDisk;
pub use terminal::{Terminal, shown};
pub use until::until;
