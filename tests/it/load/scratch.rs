//! Revisions that load, in scratch databases.
