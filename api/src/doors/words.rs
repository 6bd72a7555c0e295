//! Words that metrics tell things apart by. They are few, whatever clients send.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use async_graphql::ServerError;
use async_graphql::parser::types::OperationType;
use async_graphql::resolver_utils::EnumType;
use observability::Metrics;
use observability::metrics::ErrorCode;
use poem::http::{Method, StatusCode};

use crate::graphql::code;
use crate::user_error;

/// The methods of RFC 9110, and PATCH.
pub(super) fn method(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("_OTHER")
}

/// Where somebody is, but not who: the network of their provider.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => Ipv4Addr::from_bits(address.to_bits() & (!0 << 8)).into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (!0 << 80)).into(),
    }
}

/// The product that a user agent begins with, such as `curl/8.5.0`; none if it is anything else.
pub(super) fn product(user_agent: &str) -> Option<&str> {
    let product = user_agent.split(' ').next()?;
    let (name, version) = product.split_once('/')?;
    let is_name = name.len() <= 32 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let is_version = version.len() <= 16 && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    (is_name && is_version).then_some(product)
}

/// Why a request was not answered as its sender hoped; empty if it was.
pub(super) fn error_of_status(status: StatusCode) -> &'static str {
    match status.as_u16() {
        ..400 => "",
        401 | 403 => "auth",
        404 => "not_found",
        409 => "conflict",
        408 | 504 => "timeout",
        429 => "rate_limited",
        502 | 503 => "dependency",
        400..500 => "validation",
        _ => "internal",
    }
}

pub(super) fn type_of(operation: OperationType) -> &'static str {
    match operation {
        OperationType::Query => "query",
        OperationType::Mutation => "mutation",
        OperationType::Subscription => "subscription",
    }
}

/// The code that a client will read (`graphql/said.rs` gives it to those that have none).
pub(super) fn code_of(error: &ServerError) -> &'static str {
    match code(error) {
        "" if error.source.is_none() => "BAD_INPUT",
        given => CODES.iter().map(|(known, _)| *known).find(|known| *known == given).unwrap_or("INTERNAL"),
    }
}

/// The worst that happened; empty if nothing did.
pub(super) fn error_of_codes(codes: impl Iterator<Item = &'static str>) -> &'static str {
    let worst = codes.filter_map(|code| CODES.iter().position(|(known, _)| *known == code)).min();
    worst.map_or("", |place| CODES[place].1)
}

/// Whether it is for us to mend.
pub(super) fn is_failure(error_type: &str) -> bool {
    matches!(error_type, "internal" | "dependency" | "timeout")
}

/// Shows what is known beforehand.
pub(super) fn show(metrics: &Metrics) {
    for (graphql_error_code, _) in CODES {
        metrics.graphql_operation_errors.show(&ErrorCode { graphql_error_code });
    }
    for item in user_error::ErrorCode::items() {
        metrics.graphql_user_errors.show(&ErrorCode { graphql_error_code: item.name });
    }
}

/// What the codes of errors are as kinds, the worst first.
const CODES: [(&str, &str); 8] = [
    ("INTERNAL", "internal"),
    ("UNAVAILABLE", "dependency"),
    ("TIMEOUT", "timeout"),
    ("THROTTLED", "rate_limited"),
    ("COST_EXCEEDED", "rate_limited"),
    ("UNAUTHENTICATED", "auth"),
    ("FORBIDDEN", "auth"),
    ("BAD_INPUT", "validation"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_of_ones_own_is_any_other() {
        assert_eq!(method(&Method::GET), "GET");
        assert_eq!(method(&Method::from_bytes(b"BREW").expect("a method")), "_OTHER");
    }

    #[test]
    fn people_are_not_told_apart_by_their_address() {
        for (address, expected) in [("203.0.113.77", "203.0.113.0"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1::")] {
            assert_eq!(network(address.parse().expect("an address")).to_string(), expected);
        }
    }

    #[test]
    fn of_a_user_agent_the_product_is_told_and_nothing_that_may_be_a_secret() {
        for (user_agent, expected) in [
            ("Mozilla/5.0 (X11; Linux x86_64)", Some("Mozilla/5.0")),
            ("curl/8.5.0", Some("curl/8.5.0")),
            ("Bearer eyJhbGciOiJFZERTQSJ9.e30", None),
            ("eyJhbGciOiJFZERTQSJ9/eyJ", None),
            ("", None),
        ] {
            assert_eq!(product(user_agent), expected, "{user_agent}");
        }
    }

    #[test]
    fn the_worst_is_told() {
        assert_eq!(error_of_codes(["BAD_INPUT", "TIMEOUT", "FORBIDDEN"].into_iter()), "timeout");
        assert_eq!(error_of_codes(std::iter::empty()), "");
    }

    #[test]
    fn what_went_well_has_no_error() {
        assert_eq!(
            [200, 101, 404, 503, 500].map(|code| error_of_status(StatusCode::from_u16(code).expect("a status"))),
            ["", "", "not_found", "dependency", "internal"]
        );
    }
}
