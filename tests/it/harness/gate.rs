//! What a revision waits for until the test lets it go on.

use postgres::Client;

use super::database::Database;
use super::until::until;

/// A session that holds an advisory lock, for which a revision with [`WAIT`] waits.
pub struct Gate(Client);

/// Waits for the gate.
pub const WAIT: &str = "SELECT pg_advisory_lock(42);";

impl Gate {
    pub fn shut(database: &Database) -> Gate {
        let mut client = database.client();
        client.batch_execute(WAIT).expect("nobody else has it");
        Gate(client)
    }

    /// Comes back when so many sessions of the database wait for a lock. If that never happens the test fails.
    pub fn until_waiting(&mut self, sessions: i64) {
        let query =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        until("so many at the gate", || {
            (self.0.query_one(query, &[]).expect("a count").get::<_, i64>(0) == sessions).then_some(())
        });
    }

    pub fn open(mut self) {
        self.0.batch_execute("SELECT pg_advisory_unlock_all()").expect("the lock is held");
    }
}
