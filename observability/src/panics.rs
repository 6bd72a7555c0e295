//! Panics, told in the log.

use std::panic::{PanicHookInfo, set_hook};

/// Has the log tell where the program panics. Why would be free text, which may quote what people told the program.
pub(crate) fn log() {
    set_hook(Box::new(tell));
}

fn tell(panic: &PanicHookInfo<'_>) {
    let place = panic.location();
    tracing::error!(
        code.file.path = place.map(|place| place.file()),
        code.line.number = place.map(|place| place.line()),
        "something panicked"
    );
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use clap::{Args, FromArgMatches};
    use serde_json::Value;

    use crate::{Build, Config, Output, start};

    const SECRET: &str = "what somebody wrote";

    #[test]
    fn the_log_tells_where_a_panic_was_and_not_why() {
        let mut tests = Command::new(std::env::current_exe().expect("the path of the tests"));
        tests.args(["--exact", "panics::tests::it_panics", "--ignored", "--nocapture"]);
        let output = tests.output().expect("the tests run");
        let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{said}{errors}");
        assert!(!said.contains(SECRET) && !errors.contains(SECRET), "{said}{errors}");
        let mut lines = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let line = lines.find(|line| line["level"] == "ERROR").unwrap_or_else(|| panic!("no line in {said}"));
        assert!(line["code.file.path"].as_str().is_some_and(|file| file.ends_with("panics.rs")), "{line}");
        assert!(line["code.line.number"].is_u64(), "{line}");
    }

    /// In a process of its own, since hooks are of the whole process.
    #[tokio::test]
    #[ignore = "it is for the other test"]
    async fn it_panics() {
        let command = Config::augment_args(clap::Command::new("linli"));
        let arguments = command.get_matches_from(["linli", "--log-format", "json"]);
        let config = Config::from_arg_matches(&arguments).expect("a configuration");
        let (_telemetry, closing) = start(&config, Build { version: "", commit: "" }, Output::Stdout).expect("a log");
        let panicked = std::thread::spawn(|| panic!("{SECRET}")).join();
        assert!(panicked.is_err());
        closing.close();
    }
}
