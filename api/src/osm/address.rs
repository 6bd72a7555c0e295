//! Where a place says it is.

use super::tags::Tags;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// Street and house number, in the order of the country.
    pub line: Option<String>,
    /// District, suburb or neighbourhood.
    pub area: Option<String>,
    pub city: Option<String>,
    pub postal_code: Option<String>,
}

/// Countries that write `12 High Street`.
const NUMBER_FIRST: &[&str] = &[
    "AU", "BB", "BS", "CA", "FR", "GB", "GH", "GI", "HK", "IE", "IM", "IN", "JE", "JM", "KE", "LK", "LU", "MA", "MC",
    "MT", "MY", "NG", "NZ", "PH", "PK", "SG", "TH", "TT", "US", "VN", "ZA",
];

impl Address {
    pub(super) fn of(tags: &Tags<'_>, country: Option<&str>) -> Self {
        Self {
            line: line(tags, country),
            area: tags.text(&[
                "addr:suburb",
                "addr:district",
                "addr:quarter",
                "addr:neighbourhood",
                "addr:subdistrict",
            ]),
            city: tags.text(&["addr:city", "addr:town", "addr:village", "addr:hamlet"]),
            postal_code: tags.text(&["addr:postcode"]),
        }
    }
}

fn line(tags: &Tags<'_>, country: Option<&str>) -> Option<String> {
    let street = tags.text(&["addr:street", "addr:place"]);
    let number = tags.text(&["addr:housenumber"]);
    match (street, number) {
        (Some(street), Some(number)) if country.is_some_and(|it| NUMBER_FIRST.contains(&it)) => {
            Some(format!("{number} {street}"))
        }
        (Some(street), Some(number)) => Some(format!("{street} {number}")),
        (Some(street), None) => Some(street),
        (None, _) => tags.text(&["addr:full"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_house_number_stands_where_the_country_writes_it() {
        let tags = Tags::new([("addr:housenumber", "12"), ("addr:street", "Rue de Rivoli")].into_iter());
        let line = |country| Address::of(&tags, country).line;
        assert_eq!(line(Some("FR")).as_deref(), Some("12 Rue de Rivoli"));
        assert_eq!(line(Some("FI")).as_deref(), Some("Rue de Rivoli 12"));
        assert_eq!(line(None).as_deref(), Some("Rue de Rivoli 12"));
    }
}
