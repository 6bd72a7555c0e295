//! docker-compose.yml and the files that it gives to its services. That Docker accepts it can't be seen without Docker.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::files::{below, each, read, root, stack, text, yaml};

/// It is built here.
const OURS: &str = "linli";

fn compose() -> Value {
    yaml(&root().join("docker-compose.yml"))
}

fn entries(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("a mapping")
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().into_iter().flat_map(Map::keys).map(String::as_str).collect()
}

#[test]
fn every_file_of_the_stack_parses() {
    for folder in [stack(""), root().join("observability")] {
        for ending in [".yml", ".yaml"] {
            below(&folder, ending).iter().for_each(|file| drop(yaml(file)));
        }
    }
    for file in below(&stack(""), ".json") {
        serde_json::from_str::<Value>(&read(&file)).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
}

#[test]
fn images_do_not_change_by_themselves() {
    for (name, service) in entries(&compose()["services"]) {
        let image = text(&service["image"]);
        let tag = image.rsplit('/').next().and_then(|last| last.split_once(':')).map(|(_, tag)| tag);
        let exact = tag.is_some_and(|tag| {
            tag.trim_start_matches('v').starts_with(|first: char| first.is_ascii_digit()) && tag.contains('.')
        });
        assert!(image == OURS || exact, "{name}: {image}");
    }
}

#[test]
fn what_is_mounted_is_there() {
    let compose = compose();
    let volumes = keys(&compose["volumes"]);
    let mut mounted = 0;
    for (name, service) in entries(&compose["services"]) {
        for volume in each(&service["volumes"]) {
            let source = text(volume).split(':').next().unwrap_or_default();
            if source.starts_with("./") {
                assert!(root().join(source).exists(), "{name}: {source}");
                assert!(text(volume).ends_with(":ro"), "{name} may not change {source}");
                mounted += 1;
            } else {
                assert!(volumes.contains(source), "{name}: {source}");
            }
        }
    }
    assert!(mounted > 0);
}

#[test]
fn services_are_bounded_and_tell_whether_they_are_well() {
    let compose = compose();
    let secrets = keys(&compose["secrets"]);
    let services = keys(&compose["services"]);
    for (name, service) in entries(&compose["services"]) {
        let limits = &service["deploy"]["resources"]["limits"];
        assert!(limits["cpus"].is_string() && limits["memory"].is_string(), "{name} has no limits");
        // The image of the collector has nothing that could ask it.
        assert!(service["healthcheck"].is_object() || name == "otelcol", "{name}: healthcheck");
        assert_eq!(service["networks"], compose["x-service"]["networks"], "{name}");
        assert!(keys(&service["depends_on"]).is_subset(&services), "{name}: depends_on");
        for secret in each(&service["secrets"]) {
            let secret = secret["source"].as_str().unwrap_or(text(secret));
            assert!(secrets.contains(secret), "{name}: {secret}");
        }
    }
}

#[test]
fn a_service_waits_for_what_it_needs_and_for_no_telemetry() {
    let compose = compose();
    for (name, service) in entries(&compose["services"]) {
        for (other, condition) in service["depends_on"].as_object().into_iter().flatten() {
            if condition["condition"] == "service_healthy" {
                let tests = &compose["services"][other]["healthcheck"]["test"];
                assert!(tests.is_array(), "{name} waits for {other}, which never tells that it is well");
            }
        }
    }
    for program in ["api", "worker"] {
        assert_eq!(keys(&compose["services"][program]["depends_on"]), BTreeSet::from(["migrate", "redis"]));
    }
}

#[test]
fn only_what_people_look_at_is_published_and_only_on_this_machine() {
    let compose = compose();
    let mut published = BTreeSet::new();
    for (name, service) in entries(&compose["services"]) {
        for port in each(&service["ports"]) {
            assert!(text(port).starts_with("127.0.0.1:"), "{name}: {port}");
            published.insert(name.as_str());
        }
    }
    assert_eq!(published, BTreeSet::from(["api", "grafana", "jaeger"]));
}

#[test]
fn no_password_is_in_the_open_and_a_missing_one_is_asked_for() {
    let content = read(&root().join("docker-compose.yml"));
    let example = read(&root().join(".env.example"));
    for use_of in content.split("${").skip(1).filter_map(|rest| rest.split('}').next()) {
        let name = use_of.split([':', '-', '?']).next().unwrap_or_default();
        if name.contains("PASSWORD") || name == "LINLI_USER" {
            assert!(use_of.contains(":?"), "{name} has a default, or may be missing");
            assert!(example.lines().any(|line| line == format!("{name}=")), ".env.example does not explain {name}");
        }
    }
    for (name, secret) in entries(&compose()["secrets"]) {
        let from = secret["environment"].as_str();
        assert!(from.is_none_or(|from| content.contains(&format!("${{{from}:?"))), "{name} may be missing");
    }
    // A value in the file itself would be there for everybody to read.
    let in_the_open = |key: &str, value: &Value| {
        key.contains("PASS") && !text(value).starts_with("${") && !text(value).starts_with("/run/")
    };
    for (name, service) in entries(&compose()["services"]) {
        for (key, value) in service["environment"].as_object().into_iter().flatten() {
            assert!(!in_the_open(key, value), "{name}: {key}");
        }
    }
}

#[test]
fn who_is_asked_for_metrics_is_a_service() {
    let compose = compose();
    let services = keys(&compose["services"]);
    let prometheus = yaml(&stack("prometheus/prometheus.yml"));
    for job in each(&prometheus["scrape_configs"]) {
        let targets = each(&job["static_configs"]).flat_map(|config| each(&config["targets"]));
        let names = each(&job["dns_sd_configs"]).flat_map(|config| each(&config["names"]));
        for target in targets.chain(names).map(text) {
            let host = target.split(':').next().unwrap_or_default();
            assert!(host == "localhost" || services.contains(host), "{}: {target}", job["job_name"]);
        }
    }
}
