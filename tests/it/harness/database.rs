//! A database for one test.

use std::sync::atomic::{AtomicUsize, Ordering};

use postgres::{Client, SimpleQueryMessage};

use super::server::Server;

/// A fresh, empty database on the shared server; dropped with the value.
pub struct Database {
    name: String,
    server: &'static Server,
}

impl Database {
    pub fn new() -> Database {
        Database::on(Server::shared())
    }

    /// One on another server.
    pub fn on(server: &'static Server) -> Database {
        Database::made_of("template0", server)
    }

    /// A second one like this, to which nobody may be connected.
    pub fn copy(&self) -> Database {
        Database::made_of(&self.name, self.server)
    }

    fn made_of(template: &str, server: &'static Server) -> Database {
        static COUNT: AtomicUsize = AtomicUsize::new(1);
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let mut client = server.client("postgres");
        // Copying files is ten times as fast as the default on a server that needs no durability; it's new in 15.
        let version: String = client.query_one("SHOW server_version_num", &[]).expect("the version").get(0);
        let strategy = match version.parse::<u32>().is_ok_and(|version| version >= 150_000) {
            true => "STRATEGY file_copy",
            false => "",
        };
        client
            .batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template} {strategy}"))
            .expect("a new database");
        Database { name, server }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn server(&self) -> &'static Server {
        self.server
    }

    /// Over TCP, without TLS.
    pub fn url(&self) -> String {
        self.url_at(self.server.port())
    }

    /// Over TCP at another port, such as a proxy's.
    pub fn url_at(&self, port: u16) -> String {
        format!("postgres://postgres@127.0.0.1:{port}/{}?sslmode=disable", self.name)
    }

    /// Over the Unix socket.
    pub fn socket_url(&self) -> String {
        format!(
            "postgres://postgres@/{}?host={}&port={}",
            self.name,
            self.server.directory().display(),
            self.server.port()
        )
    }

    /// A session of the superuser.
    pub fn client(&self) -> Client {
        self.server.client(&self.name)
    }

    /// Runs statements in a session of their own.
    pub fn execute(&self, sql: &str) {
        self.client().batch_execute(sql).expect("the SQL runs");
    }

    /// The rows of a query, each as one text: its columns with a space between them, `-` for a null.
    pub fn rows(&self, query: &str) -> Vec<String> {
        let messages = self.client().simple_query(query).expect("the query runs");
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        rows.map(|row| (0..row.len()).map(|at| row.get(at).unwrap_or("-")).collect::<Vec<_>>().join(" ")).collect()
    }

    /// A query's only value.
    pub fn value(&self, query: &str) -> String {
        match self.rows(query).as_slice() {
            [value] => value.clone(),
            rows => panic!("{query} gives {} rows", rows.len()),
        }
    }

    /// The tables of the schema public, by name.
    pub fn tables(&self) -> Vec<String> {
        self.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    }

    /// The revisions in effect by the ledger, by id.
    pub fn applied(&self) -> Vec<String> {
        self.rows("SELECT id FROM revgraph.applied ORDER BY 1")
    }

    /// Takes the ledger back to its second version, which knew nothing of retired objects.
    pub fn make_ledger_older(&self) {
        self.execute(
            "DROP TABLE revgraph.retired;
             DO $$ DECLARE one regprocedure; BEGIN
                 FOR one IN SELECT oid FROM pg_proc WHERE pronamespace = 'revgraph'::regnamespace
                     AND proname NOT IN ('refuse', 'progress', 'verify') LOOP
                     EXECUTE 'DROP FUNCTION ' || one;
                 END LOOP;
             END $$;
             DELETE FROM revgraph.schema_history WHERE version > 2",
        );
    }

    /// Takes the ledger back to its fourth version, with the functions that it had.
    pub fn make_ledger_of_version_4(&self) {
        let third =
            include_str!("../../../src/database/ledger/migrations/V3__retired.sql").replace("{schema}", "revgraph");
        let function = |name: &str| {
            let start = third.find(&format!("CREATE FUNCTION revgraph.{name}(")).expect("it has that function");
            let end = third[start..].find("\n$$;").expect("and its end") + start;
            format!("{}\n$$;", &third[start..end])
        };
        self.execute(&format!(
            "DROP FUNCTION revgraph.is_there(bigint), revgraph.undo_retire(text, text), revgraph.purge(bigint[]);
             {}{}
             DELETE FROM revgraph.schema_history WHERE version > 4",
            function("undo_retire"),
            function("purge")
        ));
    }

    /// What the ledger says was done or failed, in order: `upgrade r0001 done`.
    pub fn events(&self) -> Vec<String> {
        self.rows("SELECT action, revision, outcome FROM revgraph.event ORDER BY number")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        let dropped = self.server.client("postgres").batch_execute(&drop);
        // Within a failing test a second panic would abort the process and hide the first.
        if !std::thread::panicking() {
            dropped.expect("the database can be dropped");
        }
    }
}
