//! A `[batch]` as one statement of a script, which has nobody who would run it again and again.

use super::quote::literal;
use crate::revision::BatchOptions;

/// A block that runs a statement until it touches no row, and commits each run. It can do so because psql sends it by
/// itself, outside of a transaction. <https://www.postgresql.org/docs/current/plpgsql-transactions.html>
///
/// A `statement_timeout` would be one for all of its runs together, so none holds in it.
pub fn batch_loop(sql: &str, options: &BatchOptions) -> String {
    let limit = options.limit.map_or(String::new(), |limit| {
        format!(
            "        IF revgraph_runs OPERATOR(pg_catalog.>=) {limit} THEN\n            RAISE EXCEPTION \
             'the [batch] stopped at its limit of % runs; revgraph upgrade goes on with it', revgraph_runs;\n        \
             END IF;\n"
        )
    });
    let pause = options
        .pause
        .map_or(String::new(), |pause| format!("        PERFORM pg_catalog.pg_sleep({});\n", pause.as_secs_f64()));
    let body = format!(
        "\nDECLARE\n    revgraph_touched bigint;\n    revgraph_rows bigint := 0;\n    revgraph_runs bigint := 0;\n\
         BEGIN\n    LOOP\n        EXECUTE {};\n        GET DIAGNOSTICS revgraph_touched = ROW_COUNT;\n        \
         EXIT WHEN revgraph_touched OPERATOR(pg_catalog.=) 0;\n        \
         revgraph_rows := revgraph_rows OPERATOR(pg_catalog.+) revgraph_touched;\n        \
         revgraph_runs := revgraph_runs OPERATOR(pg_catalog.+) 1;\n        COMMIT;\n{limit}{pause}    END LOOP;\n    \
         RAISE NOTICE '% rows in % runs', revgraph_rows, revgraph_runs;\nEND\n",
        literal(sql)
    );
    format!("SET SESSION statement_timeout = 0;\nDO {};\n", literal(&body))
}
