//! The program as its users start it.

mod browser;
mod command_line;
mod program;
mod seeding;
mod serving;
