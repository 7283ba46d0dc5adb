//! revgraph: a revision manager for PostgreSQL whose history is a versioned graph.

pub mod revision;
