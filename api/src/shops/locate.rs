//! From coordinates to a country and a time zone.

use std::sync::LazyLock;

use country_boundaries::{BOUNDARIES_ODBL_60X30, CountryBoundaries, LatLon};
use tzf_rs::EmbeddedFinder;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) lat: f64,
    pub(crate) lng: f64,
}

impl Point {
    /// From whole numbers, so that `60.1` is not `60.100000000000001`.
    pub(crate) fn of_nano(lat: i64, lng: i64) -> Self {
        Self { lat: lat as f64 / 1e9, lng: lng as f64 / 1e9 }
    }

    pub(crate) fn is_on_earth(&self) -> bool {
        self.lat.abs() <= 90.0 && self.lng.abs() <= 180.0
    }
}

/// ISO 3166-1 alpha-2; none at sea.
pub(crate) fn country(at: Point) -> Option<&'static str> {
    static COUNTRIES: LazyLock<Option<CountryBoundaries>> =
        LazyLock::new(|| CountryBoundaries::from_reader(BOUNDARIES_ODBL_60X30).ok());
    let at = LatLon::new(at.lat, at.lng).ok()?;
    // Smallest first, and `HK` before `CN`; the longer ones are states and provinces.
    COUNTRIES.as_ref()?.ids(at).into_iter().find(|id| id.len() == 2)
}

/// The IANA name, at sea that of the nautical zone.
pub(crate) fn timezone(at: Point) -> &'static str {
    // Answers out of the bytes in the binary; the crate's other finder unpacks them into memory.
    static ZONES: LazyLock<EmbeddedFinder> = LazyLock::new(EmbeddedFinder::new);
    match ZONES.get_tz_name(at.lng, at.lat) {
        "" => "UTC",
        name => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_has_a_country_and_a_time_zone() {
        let shanghai = Point { lat: 31.23, lng: 121.47 };
        assert_eq!((country(shanghai), timezone(shanghai)), (Some("CN"), "Asia/Shanghai"));
        let helsinki = Point { lat: 60.17, lng: 24.94 };
        assert_eq!((country(helsinki), timezone(helsinki)), (Some("FI"), "Europe/Helsinki"));
        let atlantic = Point { lat: 30.0, lng: -40.0 };
        assert_eq!((country(atlantic), timezone(atlantic)), (None, "Etc/GMT+3"));
    }
}
