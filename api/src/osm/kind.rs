//! From the tags of an object to the kind of place it is.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::category::{KITCHENS, MEANINGS};
use super::tags::Tags;

/// Shops that say they are none.
const NO_SHOP: &[&str] = &["no", "vacant", "disused", "closed"];

/// What is known about an object by its tags alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Place(&'static str),
    /// It has a tag of interest, with a value that is nothing to review: a bench.
    Unmapped,
    /// No tag of interest at all.
    Other,
}

pub(super) fn kind(tags: &Tags<'_>) -> Kind {
    let of_interest = || tags.iter().filter(|(key, _)| LINES.contains_key(key));
    let lines = of_interest().filter_map(|(key, value)| {
        value.split(';').map(str::trim).find_map(|value| line(key, &value.to_ascii_lowercase()))
    });
    match lines.min() {
        Some(line) => Kind::Place(refined(MEANINGS[line].2, tags)),
        None if of_interest().next().is_some() => Kind::Unmapped,
        None => Kind::Other,
    }
}

/// By key and value, the line of `MEANINGS` that names it.
static LINES: LazyLock<HashMap<&str, HashMap<&str, usize>>> = LazyLock::new(|| {
    let mut lines: HashMap<&str, HashMap<&str, usize>> = HashMap::new();
    for (line, (key, values, _)) in MEANINGS.iter().enumerate() {
        let of_key = lines.entry(key).or_default();
        of_key.extend(values.split(' ').map(|value| (value, line)));
    }
    lines
});

fn line(key: &str, value: &str) -> Option<usize> {
    if value.is_empty() || (key == "shop" && NO_SHOP.contains(&value)) {
        return None;
    }
    let of_key = LINES.get(key)?;
    of_key.get(value).or_else(|| of_key.get("*")).copied()
}

fn refined(slug: &'static str, tags: &Tags<'_>) -> &'static str {
    if !matches!(slug, "restaurant" | "fast-food") {
        return slug;
    }
    let cuisines = tags.get("cuisine").unwrap_or_default().to_ascii_lowercase();
    cuisines
        .split([';', ','])
        .map(|cuisine| cuisine.trim().replace(' ', "_"))
        .find_map(|cuisine| KITCHENS.iter().find(|(names, _)| names.split(' ').any(|name| name == cuisine)))
        .map_or(slug, |(_, kitchen)| kitchen)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIGRATION: &str = include_str!("../../../db/migrations/2026-11-21-000002_categories/up.sql");

    fn kind_of(tags: &[(&str, &str)]) -> Kind {
        kind(&Tags::new(tags.iter().copied()))
    }

    #[test]
    fn every_slug_is_a_category() {
        let slugs = MEANINGS.iter().map(|line| line.2).chain(KITCHENS.iter().map(|line| line.1));
        for slug in slugs {
            assert!(MIGRATION.contains(&format!("', '{slug}', ")), "{slug} is in no migration");
        }
    }

    #[test]
    fn no_value_is_named_twice() {
        let mut named = HashMap::new();
        for (key, values, slug) in MEANINGS {
            for value in values.split(' ') {
                assert_eq!(named.insert((key, value), slug), None, "{key}={value}");
            }
        }
    }

    #[test]
    fn the_first_line_that_fits_wins() {
        let hotel = [("amenity", "restaurant"), ("tourism", "hotel")];
        assert_eq!(kind_of(&hotel), Kind::Place("hotel"));
    }

    #[test]
    fn of_several_values_the_first_that_is_known_counts() {
        assert_eq!(kind_of(&[("amenity", "nightclub;restaurant")]), Kind::Place("nightclub"));
        assert_eq!(kind_of(&[("amenity", "bench; cafe")]), Kind::Place("cafe"));
    }

    #[test]
    fn a_shop_of_an_unknown_kind_is_still_a_shop() {
        assert_eq!(kind_of(&[("shop", "Helsinki")]), Kind::Place("shopping"));
        assert_eq!(kind_of(&[("shop", "vacant")]), Kind::Unmapped);
    }

    #[test]
    fn a_kitchen_refines_a_restaurant_but_not_a_cafe() {
        let sushi = [("amenity", "restaurant"), ("cuisine", "Regional; Sushi")];
        assert_eq!(kind_of(&sushi), Kind::Place("japanese"));
        assert_eq!(kind_of(&[("amenity", "cafe"), ("cuisine", "pizza")]), Kind::Place("cafe"));
    }

    #[test]
    fn street_furniture_is_no_place() {
        assert_eq!(kind_of(&[("amenity", "bench")]), Kind::Unmapped);
        assert_eq!(kind_of(&[("highway", "residential")]), Kind::Other);
    }
}
