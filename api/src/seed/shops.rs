//! What a shop is like. It depends on nothing but the shop, so that people of different seeds agree.

use db::ShopId;
use db::bulk::{SeedShop, ShopPrice};

use super::chance::{self, Random};
use super::words::{Kind, Words};

pub(super) struct Shop {
    pub(super) id: ShopId,
    pub(super) kind: Kind,
    /// How often it is reviewed, compared with others.
    pub(super) popularity: f64,
    /// The stars that a mild person gives on a usual day.
    pub(super) quality: f64,
    /// Whether there is anybody to answer a review.
    pub(super) answers: bool,
}

impl Shop {
    pub(super) fn new(shop: &SeedShop, words: &mut Words) -> Self {
        let mut random = nature(shop, "popularity");
        let interest = match (shop.top_category.as_str(), shop.category.as_str()) {
            ("eat", _) => 3.0,
            (_, "park" | "museum" | "attraction" | "cinema" | "sauna") | ("nightlife", _) => 2.0,
            (_, "worship" | "playground" | "bank") | ("services" | "education", _) => 0.4,
            ("stay", _) => 1.6,
            _ => 0.9,
        };
        let popularity = interest * chance::pareto(&mut random, 1.1, 150.0);
        let quality = 4.42 + 0.42 * chance::normal(&mut random);
        let answers = !matches!(shop.category.as_str(), "park" | "playground" | "attraction" | "worship");
        Self { id: shop.id, kind: words.kind(&shop.category, &shop.top_category), popularity, quality, answers }
    }
}

/// The price of a shop that has none; none where nothing has a usual price.
pub(super) fn price(shop: &SeedShop) -> Option<ShopPrice> {
    let euros = match (shop.top_category.as_str(), shop.category.as_str()) {
        (
            _,
            "park" | "playground" | "library" | "worship" | "bank" | "post" | "professional" | "clinic"
            | "kindergarten",
        )
        | (_, "speciality-food" | "art-antiques" | "car" | "health" | "services" | "education") => return None,
        (_, "fast-food" | "cafe" | "desserts" | "food-court" | "convenience") => 11.0,
        (_, "burgers" | "chinese" | "southeast-asian" | "middle-eastern" | "indian") => 17.0,
        (_, "nordic" | "grill" | "japanese") => 36.0,
        (_, "museum" | "zoo" | "cinema" | "swimming" | "gym" | "sports" | "amusement" | "attraction" | "gallery") => {
            15.0
        }
        (_, "home" | "electronics" | "jewelry" | "bicycle" | "dentist" | "optician" | "tattoo") => 120.0,
        (_, "driving-school" | "courses" | "travel") => 180.0,
        (_, "clothes" | "shoes-bags" | "hairdresser" | "massage" | "beauty-salon" | "sports-goods" | "therapy") => 55.0,
        (_, "hostel" | "camping") => 32.0,
        ("stay", _) => 95.0,
        ("eat", _) => 24.0,
        _ => 22.0,
    };
    let mut random = nature(shop, "price");
    let factor = (0.42 * chance::normal(&mut random)).exp().clamp(0.35, 4.5);
    let price_level = match factor {
        ..0.75 => 1,
        ..1.35 => 2,
        ..2.1 => 3,
        _ => 4,
    };
    let (currency, rate, step) = currency(shop.country_code.as_deref().unwrap_or_default());
    // In steps that one would name when asked: 24.50, not 24.37.
    let spend = ((euros * factor * rate / step).round().max(1.0) * step) as i32;
    Some(ShopPrice { shop_id: shop.id, price_level, average_spend_minor: spend, currency: currency.into() })
}

/// The currency of a country, what a euro buys there in its minor unit, and the step of usual prices.
fn currency(country: &str) -> (&'static str, f64, f64) {
    match country {
        "AD" | "AT" | "BE" | "BG" | "CY" | "DE" | "EE" | "ES" | "FI" | "FR" | "GR" | "HR" | "IE" | "IT" | "LT"
        | "LU" | "LV" | "MC" | "ME" | "MT" | "NL" | "PT" | "SI" | "SK" | "SM" | "VA" | "XK" | "AX" => {
            ("EUR", 100.0, 50.0)
        }
        "CN" => ("CNY", 420.0, 100.0),
        "HK" => ("HKD", 600.0, 100.0),
        "TW" => ("TWD", 2_500.0, 1_000.0),
        "SG" => ("SGD", 120.0, 50.0),
        // The yen and the won have no minor unit.
        "JP" => ("JPY", 110.0, 50.0),
        "KR" => ("KRW", 1_000.0, 500.0),
        "GB" => ("GBP", 85.0, 50.0),
        "SE" => ("SEK", 1_000.0, 500.0),
        "NO" => ("NOK", 1_250.0, 500.0),
        "DK" => ("DKK", 800.0, 500.0),
        "CH" | "LI" => ("CHF", 140.0, 50.0),
        "PL" => ("PLN", 300.0, 100.0),
        "CZ" => ("CZK", 1_500.0, 1_000.0),
        "CA" => ("CAD", 140.0, 50.0),
        "AU" => ("AUD", 150.0, 50.0),
        "IN" => ("INR", 3_000.0, 1_000.0),
        "TH" => ("THB", 1_700.0, 1_000.0),
        _ => ("USD", 110.0, 50.0),
    }
}

fn nature(shop: &SeedShop, purpose: &str) -> Random {
    let name = shop.osm_id.clone().unwrap_or_else(|| shop.id.to_string());
    chance::random(chance::hash(&name), purpose, 0)
}
