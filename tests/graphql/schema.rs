const PUBLISHED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../schema.graphql");

#[test]
fn the_published_schema_is_current() {
    let published = std::fs::read_to_string(PUBLISHED).unwrap_or_default();
    assert!(
        published.trim() == api::schema::sdl().trim(),
        "schema.graphql is out of date: run `cargo run -q -- schema > schema.graphql`, and look at what changed for clients"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_described() {
    let app = tests::TestApp::new().await;
    let query = "{ __schema { types { name kind description
        fields { name description args { name description } }
        inputFields { name description } enumValues { name description } } } }";
    let schema = app.anonymous().run(query, serde_json::json!({})).await;

    let mut silent = Vec::new();
    for kind in schema["__schema"]["types"].as_array().expect("types") {
        let name = kind["name"].as_str().expect("a name");
        if name.starts_with("__") || ["Boolean", "Float", "ID", "Int", "String"].contains(&name) {
            continue;
        }
        let mut check = |path: String, item: &serde_json::Value| {
            if item["description"].as_str().unwrap_or_default().is_empty() {
                silent.push(path);
            }
        };
        check(name.to_owned(), kind);
        for members in ["fields", "inputFields", "enumValues"] {
            for member in kind[members].as_array().into_iter().flatten() {
                let path = format!("{name}.{}", member["name"].as_str().expect("a name"));
                for argument in member["args"].as_array().into_iter().flatten() {
                    check(format!("{path}({})", argument["name"].as_str().expect("a name")), argument);
                }
                check(path, member);
            }
        }
    }
    assert!(silent.is_empty(), "without a description: {silent:#?}");
}
