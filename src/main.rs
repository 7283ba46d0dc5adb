//! The `revgraph` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    revgraph::cli::main()
}
