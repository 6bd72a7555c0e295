//! Which trace a request belongs to, as the [W3C](https://www.w3.org/TR/trace-context/#traceparent-header) writes it down.

use poem::Request;
use uuid::Uuid;

/// The `traceparent` of the request; a new one if it has none, or none that can be read.
pub fn of(request: &Request) -> String {
    match request.header("traceparent").filter(|given| is_traceparent(given)) {
        Some(given) => given.to_owned(),
        None => new(),
    }
}

fn new() -> String {
    let (trace, parent) = (Uuid::new_v4().simple().to_string(), Uuid::new_v4().simple().to_string());
    format!("00-{trace}-{}-00", &parent[..16])
}

/// Version 00, and nothing but zeros nowhere.
fn is_traceparent(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let is_hex = |part: &str, length| {
        part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let is_id = |part: &str, length| is_hex(part, length) && part.bytes().any(|byte| byte != b'0');
    matches!(parts[..], ["00", trace, parent, flags] if is_id(trace, 32) && is_id(parent, 16) && is_hex(flags, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_can_be_read() {
        assert!(is_traceparent(&new()));
    }

    #[test]
    fn only_what_can_be_read_is_taken_over() {
        let given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let of = |header: &str| of(&Request::builder().header("traceparent", header).finish());
        assert_eq!(of(given), given);
        for bad in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        ] {
            assert_ne!(of(bad), bad);
        }
    }
}
