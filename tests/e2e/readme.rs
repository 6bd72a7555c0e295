//! What the README tells people to type.

use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{Server, run, stderr, stdout};

const README: &str = include_str!("../../README.md");

/// The first block of commands under a heading.
fn commands(heading: &str) -> &'static str {
    let (_, section) = README.split_once(&format!("\n## {heading}\n")).expect("a section");
    let (_, block) = section.split_once("\n```sh\n").expect("a block");
    block.split_once("\n```\n").expect("its end").0
}

#[tokio::test]
async fn the_session_of_the_readme_does_what_it_says() {
    let folder = TempDir::new().expect("a folder");
    let server = Server::private(folder.path(), &[]);
    let session = commands("How to write");
    assert_eq!(session.matches("http://127.0.0.1:8000").count(), 1);
    let mut bash = Command::new("bash");
    bash.args(["-euo", "pipefail", "-c", &session.replace("http://127.0.0.1:8000", &server.address)]);
    let output = run(bash);
    assert!(output.status.success(), "{}", stderr(&output));

    let printed = stdout(&output);
    let answers: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    assert!(answers.iter().all(|answer| answer["errors"].is_null()), "{printed}");
    let [mai, leo, before, after, follow, like, comment, feed, leo_left, export, refused, mai_left] = &answers[..]
    else {
        panic!("{printed}");
    };
    for signed_up in [mai, leo] {
        assert!(signed_up["data"]["signUp"]["accessToken"].is_string(), "{printed}");
    }
    let count = |answer: &Value| answer["data"]["shop"]["rating"]["count"].as_i64().expect("a count");
    assert_eq!(count(after), count(before) + 1);
    assert_eq!(before["data"]["shop"]["viewerReview"], Value::Null);
    assert_eq!(after["data"]["shop"]["viewerReview"], json!({ "body": "As it was in 1867" }));
    assert_eq!(follow["data"]["setFollow"]["user"], json!({ "nickname": "mai", "followerCount": 1 }));
    assert_eq!(like["data"]["setLike"]["subject"]["likeCount"], 1);
    assert_eq!(comment["data"]["addComment"]["edge"]["node"]["body"], "Was it?");
    let seen =
        json!({ "body": "As it was in 1867", "likeCount": 1, "commentCount": 1, "author": { "nickname": "mai" } });
    assert_eq!(feed["data"]["viewer"]["feed"]["edges"], json!([{ "node": seen }]));
    assert_eq!(export["data"]["viewer"]["export"]["profile"]["handle"], "mai");
    let refused = &refused["data"]["refreshSession"];
    assert_eq!(
        (&refused["accessToken"], &refused["userErrors"][0]["code"]),
        (&Value::Null, &json!("CREDENTIALS_INVALID"))
    );
    for left in [leo_left, mai_left] {
        assert!(left["data"]["deleteAccount"]["id"].is_string(), "{printed}");
    }
}
