//! A place, as the map knows it.

use std::collections::BTreeMap;

use super::address::Address;
use super::tags::{Tags, VALUE_LIMIT, clean};
use super::{Summary, UnreadableHours, contact};
use crate::shops::hours::Hours;
use crate::shops::locate::{self, Point};

const NAMES_LIMIT: usize = 50;
const CUISINES_LIMIT: usize = 10;
const CUISINE_LIMIT: usize = 40;

/// Every text in it is clean and bounded; see `tags::clean`.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// `node/123` or `way/456`: the same in every extract.
    pub osm_id: String,
    pub name: String,
    /// By language: `{"sv": "Kappeli", "zh-Hant": …}`.
    pub names: BTreeMap<String, String>,
    /// The slug of a category of ours.
    pub category: &'static str,
    pub lat: f64,
    pub lng: f64,
    pub address: Address,
    /// ISO 3166-1 alpha-2, by the coordinates.
    pub country_code: Option<String>,
    /// IANA, by the coordinates.
    pub timezone: &'static str,
    pub phone: Option<String>,
    pub website: Option<String>,
    /// As written; what does not parse is in the summary.
    pub opening_hours: Option<String>,
    pub cuisines: Vec<String>,
    pub brand: Option<String>,
    pub photos: Vec<String>,
}

impl Place {
    /// None without a name.
    pub(super) fn new(
        osm_id: String,
        category: &'static str,
        at: Point,
        tags: &Tags<'_>,
        summary: &mut Summary,
    ) -> Option<Self> {
        let name = tags.text(&["name"])?;
        let country = locate::country(at);
        let website = contact::website(tags).unwrap_or_else(|()| {
            summary.dropped_websites += 1;
            None
        });
        let place = Self {
            name,
            names: names(tags),
            category,
            lat: at.lat,
            lng: at.lng,
            address: Address::of(tags, country),
            country_code: country.map(str::to_owned),
            timezone: locate::timezone(at),
            phone: contact::phone(tags),
            website,
            opening_hours: tags.text(&["opening_hours"]),
            cuisines: cuisines(tags),
            brand: tags.text(&["brand"]),
            photos: contact::photos(tags),
            osm_id,
        };
        summary.unreadable_hours.extend(place.unreadable_hours());
        Some(place)
    }

    fn unreadable_hours(&self) -> Option<UnreadableHours> {
        let expression = self.opening_hours.as_deref()?;
        let country = self.country_code.as_deref();
        let parsed = Hours::parse(expression, self.timezone, country, self.lat, self.lng);
        parsed.err().map(|reason| UnreadableHours {
            osm_id: self.osm_id.clone(),
            name: self.name.clone(),
            expression: expression.to_owned(),
            reason,
        })
    }
}

fn names(tags: &Tags<'_>) -> BTreeMap<String, String> {
    let localised = tags.iter().filter_map(|(key, value)| {
        let language = key.strip_prefix("name:").filter(|suffix| is_language(suffix))?;
        Some((language.to_owned(), clean(value, VALUE_LIMIT)?))
    });
    localised.take(NAMES_LIMIT).collect()
}

/// A language tag by its shape, `fi`, `zh-Hant`, `be-tarask`; `etymology` is none, nor is `old`.
fn is_language(suffix: &str) -> bool {
    const NO_LANGUAGES: &[&str] = &["abr", "alt", "old", "pre", "ref", "url"];
    let mut subtags = suffix.split('-');
    let language = subtags.next().unwrap_or_default();
    (2..=3).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
        && !NO_LANGUAGES.contains(&language)
        && subtags.clone().count() <= 2
        && subtags
            .all(|subtag| (2..=8).contains(&subtag.len()) && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn cuisines(tags: &Tags<'_>) -> Vec<String> {
    let mut cuisines = Vec::new();
    for written in tags.get("cuisine").unwrap_or_default().split([';', ',']) {
        let cuisine = clean(&written.replace('_', " ").to_lowercase(), CUISINE_LIMIT);
        cuisines.extend(cuisine.filter(|cuisine| !cuisines.contains(cuisine)));
        if cuisines.len() == CUISINES_LIMIT {
            break;
        }
    }
    cuisines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_languages_have_names() {
        let keys = ["name", "name:fi", "name:zh-Hant", "name:etymology", "name:old", "name:1"];
        let tags = Tags::new(keys.iter().map(|&key| (key, "Kappeli")));
        let languages: Vec<_> = names(&tags).into_keys().collect();
        assert_eq!(languages, ["fi", "zh-Hant"]);
    }

    #[test]
    fn cuisines_are_split_and_named_once() {
        let tags = Tags::new([("cuisine", "Steak_house; pizza,pizza;;")].into_iter());
        assert_eq!(cuisines(&tags), ["steak house", "pizza"]);
    }
}
