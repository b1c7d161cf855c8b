// The modules of the program that read files back. Each target that needs them includes this file:
// the program is no library.

#[path = "../crates/endstate/src/cli/mod.rs"]
mod cli;
#[path = "../crates/endstate/src/exit.rs"]
mod exit;
#[path = "../crates/endstate/src/rows/mod.rs"]
mod rows;
#[path = "../crates/endstate/src/store/mod.rs"]
mod store;
#[path = "../crates/endstate/src/terminal/mod.rs"]
mod terminal;
