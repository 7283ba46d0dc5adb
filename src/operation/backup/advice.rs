//! What to do where pg_dump has failed, by what it said.

/// Says what is left, and what would mend it. pg_dump hands on what a server says, which may be in another language: then
/// there is no more to say than that.
pub(super) fn after(said: &str) -> String {
    // It waits for a lock by a timeout of its statement.
    let mend = if said.contains("due to statement timeout") || said.contains("due to lock timeout") {
        "somebody holds a lock on a table: run it again later, or give it a longer lock_timeout in revgraph.toml (upgrade and \
         downgrade have --lock-timeout)"
    } else if said.contains("row-level security") {
        "row-level security hides rows from this role: connect as the tables' owner, or as a role with BYPASSRLS"
    } else if said.contains("permission denied for") {
        "pg_dump reads as the role of the connection: grant it what is missing there, or membership in pg_read_all_data \
         (PostgreSQL 14 and later)"
    } else if said.contains("No space left on device") {
        "make room, or name another place for the backup"
    } else {
        "mend what pg_dump complains of, and run the command again"
    };
    format!("nothing was touched, and no part of the dump is left; {mend}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pg_dump_says_tells_what_to_do() {
        let told = |said, part| assert!(after(said).contains(part), "{said}: {}", after(said));
        told("query failed: ERROR:  canceling statement due to statement timeout", "--lock-timeout");
        told("query failed: ERROR:  permission denied for table users", "pg_read_all_data");
        told("query would be affected by row-level security policy for table \"t\"", "BYPASSRLS");
        told("could not write to file: No space left on device", "make room");
        told("it was killed by signal 9", "run the command again");
    }
}
