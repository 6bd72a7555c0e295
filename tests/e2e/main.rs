//! The program as its users start it.

mod benchmarks;
mod browser;
mod command_line;
mod instances;
mod killed;
mod readme;
mod redis;
mod seeding;
mod serving;
mod session;
mod worker;

use tests::program;
