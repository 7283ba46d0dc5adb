//! The `revgraph` program.

use std::process::ExitCode;

/// Thousands of files are read on all cores into many small pieces of memory. The C library's allocator asks the system
/// for more again and again, and on Linux the threads wait for each other there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    revgraph::cli::main()
}
