//! The program as its users start it.

mod browser;
mod command_line;
mod instances;
mod killed;
mod program;
mod readme;
mod redis;
mod seeding;
mod serving;
mod session;
mod worker;
