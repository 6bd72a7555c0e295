//! The values that describe a shop.

use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};

use super::hours::Hours;
use super::locate::Point;
use crate::context::ContextExt;
use crate::input::{Parsed, all, within};
use crate::scalars::{DateTime, Url};
use crate::{Error, Result};

/// A point on the ground, by [WGS 84](https://epsg.io/4326).
#[derive(SimpleObject)]
pub struct GeoPoint {
    /// Degrees north of the equator, from -90 to 90.
    pub lat: f64,
    /// Degrees east of Greenwich, from -180 to 180.
    pub lng: f64,
}

/// A point on the ground, by [WGS 84](https://epsg.io/4326).
#[derive(InputObject)]
pub(crate) struct LatLng {
    /// Degrees north of the equator, from -90 to 90.
    lat: f64,
    /// Degrees east of Greenwich, from -180 to 180.
    lng: f64,
}

impl LatLng {
    pub(super) fn parse(&self, field: &str) -> Parsed<Point> {
        let (lat, lng) = all((
            within(&format!("{field}.lat"), self.lat, -90.0..=90.0),
            within(&format!("{field}.lng"), self.lng, -180.0..=180.0),
        ))?;
        Ok(Point { lat, lng })
    }
}

/// A circle on the ground.
#[derive(InputObject)]
pub struct GeoCircle {
    /// The point from which distances are measured.
    center: LatLng,
    /// From 1 to 100,000 metres, over the ground.
    #[graphql(default = 5000)]
    radius_meters: i32,
}

impl GeoCircle {
    pub fn parse(self) -> Result<db::Near> {
        let LatLng { lat, lng } = self.center;
        in_range("near.center.lat", lat, -90.0, 90.0)?;
        in_range("near.center.lng", lng, -180.0, 180.0)?;
        in_range("near.radiusMeters", self.radius_meters.into(), 1.0, 100_000.0)?;
        Ok(db::Near { lat, lng, radius_meters: self.radius_meters.into() })
    }
}

pub(super) fn in_range(field: &'static str, value: f64, least: f64, most: f64) -> Result<()> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Error::BadInput { field, reason: format!("must be within {least} and {most}, but is {value}") })
}

/// A postal address. Parts that are not known are null.
#[derive(SimpleObject)]
pub struct Address {
    /// Street and number, in the order of the country.
    line: Option<String>,
    /// The part of the city.
    area: Option<String>,
    /// The city, town or village.
    city: Option<String>,
    /// The code as it is written in the country.
    postal_code: Option<String>,
    /// All known parts in one line; empty if there is none.
    formatted: String,
}

impl Address {
    pub fn new(db::Address { line, area, city, postal_code }: db::Address) -> Self {
        let code_and_city: Vec<&str> = [&postal_code, &city].into_iter().flatten().map(String::as_str).collect();
        let code_and_city = Some(code_and_city.join(" ")).filter(|text| !text.is_empty());
        let parts: Vec<&str> = [&line, &area, &code_and_city].into_iter().flatten().map(String::as_str).collect();
        let formatted = parts.join(", ");
        Self { line, area, city, postal_code, formatted }
    }
}

pub struct OpeningHours {
    expression: String,
    timezone: String,
    /// None if nobody can read the expression.
    hours: Option<Hours>,
}

impl OpeningHours {
    pub fn of(shop: &db::Shop) -> Option<Self> {
        let expression = shop.opening_hours.clone()?;
        let country = shop.country_code.as_deref();
        let hours = Hours::parse(&expression, &shop.timezone, country, shop.lat, shop.lng).ok();
        Some(Self { expression, timezone: shop.timezone.clone(), hours })
    }
}

/// When a shop is open.
#[Object]
impl OpeningHours {
    /// By the [specification of OpenStreetMap](https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification), such as
    /// `Mo-Fr 11:00-22:00; PH off`. Rarely, a text that only people understand.
    async fn expression(&self) -> &str {
        &self.expression
    }

    /// Whether it is open at the moment, public holidays considered; null if that can't be told.
    async fn is_open_now(&self, ctx: &Context<'_>) -> Option<bool> {
        self.hours.as_ref()?.is_open(ctx.now())
    }

    /// When it next opens, if it is closed, or closes, if it is open; null if never, or that can't be told.
    async fn next_change_at(&self, ctx: &Context<'_>) -> Option<DateTime> {
        self.hours.as_ref()?.next_change(ctx.now()).map(DateTime)
    }

    /// The zone that the expression is to be read in, by its [IANA](https://www.iana.org/time-zones) name, such as `Europe/Helsinki`.
    async fn timezone(&self) -> &str {
        &self.timezone
    }
}

pub struct RatingStats(pub db::Ratings);

/// What the reviews of a shop make it.
#[Object]
impl RatingStats {
    /// The mean of all ratings, from 1 to 5; null until the first.
    async fn average(&self) -> Option<f64> {
        self.0.average()
    }

    /// The mean, drawn towards that of all shops as long as there are few ratings
    /// ([Bayesian average](https://en.wikipedia.org/wiki/Bayesian_average)). Orders by rating go by it.
    async fn bayesian(&self) -> f64 {
        self.0.bayesian
    }

    /// How many ratings there are.
    async fn count(&self) -> i32 {
        self.0.count()
    }

    /// How many ratings there are of each number of stars, from five down to one.
    async fn histogram(&self) -> Vec<RatingBucket> {
        let mut buckets: Vec<_> =
            (1..).zip(self.0.histogram()).map(|(stars, count)| RatingBucket { stars, count }).collect();
        buckets.reverse();
        buckets
    }
}

/// How many ratings gave so many stars.
#[derive(SimpleObject)]
pub(crate) struct RatingBucket {
    /// From 1 to 5.
    stars: i32,
    /// How many.
    count: i32,
}

/// An amount of money.
#[derive(SimpleObject)]
pub struct Money {
    /// In the smallest unit of the currency: 1250 is € 12.50.
    pub amount_minor: i32,
    /// By [ISO 4217](https://www.iso.org/iso-4217-currency-codes.html), such as `EUR`.
    pub currency: String,
}

/// How expensive a shop is, among those of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum PriceLevel {
    /// € – cheap.
    One,
    /// €€ – moderate.
    Two,
    /// €€€ – dear.
    Three,
    /// €€€€ – for special occasions.
    Four,
}

impl PriceLevel {
    const ALL: [Self; 4] = [Self::One, Self::Two, Self::Three, Self::Four];

    pub fn number(self) -> i16 {
        self as i16 + 1
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::One => "ONE",
            Self::Two => "TWO",
            Self::Three => "THREE",
            Self::Four => "FOUR",
        }
    }

    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.number() == number)
    }
}

/// A picture.
pub struct Image {
    url: String,
}

impl Image {
    pub fn new(url: String) -> Self {
        Self { url }
    }
}

/// A picture.
#[Object]
impl Image {
    /// Where to load it from.
    async fn url(
        &self,
        #[graphql(desc = "The width wanted, in pixels from 1 to 4,096. Heeded where the host of the picture scales.")]
        width: Option<i32>,
    ) -> Result<Url> {
        let Some(width) = width else { return Ok(Url(self.url.clone())) };
        in_range("width", width.into(), 1.0, 4096.0)?;
        // Wikimedia Commons, where most pictures of OpenStreetMap are, scales by itself.
        let scales = self.url.starts_with("https://commons.wikimedia.org/wiki/Special:FilePath/");
        Ok(Url(if scales { format!("{}?width={width}", self.url) } else { self.url.clone() }))
    }
}
