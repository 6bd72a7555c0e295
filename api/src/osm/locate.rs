//! From coordinates to a country, a time zone, the middle of an area.

use std::sync::LazyLock;

use country_boundaries::{BOUNDARIES_ODBL_60X30, CountryBoundaries, LatLon};
use tzf_rs::EmbeddedFinder;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) lat: f64,
    pub(super) lng: f64,
}

impl Point {
    /// From the whole numbers of the file, so that `60.1` is not `60.100000000000001`.
    pub(super) fn of_nano(lat: i64, lng: i64) -> Self {
        Self { lat: lat as f64 / 1e9, lng: lng as f64 / 1e9 }
    }

    pub(super) fn is_on_earth(&self) -> bool {
        self.lat.abs() <= 90.0 && self.lng.abs() <= 180.0
    }
}

/// ISO 3166-1 alpha-2; none at sea.
pub(super) fn country(at: Point) -> Option<&'static str> {
    static COUNTRIES: LazyLock<Option<CountryBoundaries>> =
        LazyLock::new(|| CountryBoundaries::from_reader(BOUNDARIES_ODBL_60X30).ok());
    let at = LatLon::new(at.lat, at.lng).ok()?;
    // Smallest first, and `HK` before `CN`; the longer ones are states and provinces.
    COUNTRIES.as_ref()?.ids(at).into_iter().find(|id| id.len() == 2)
}

/// The IANA name, at sea that of the nautical zone.
pub(super) fn timezone(at: Point) -> &'static str {
    // Answers out of the bytes in the binary; the crate's other finder unpacks them into memory.
    static ZONES: LazyLock<EmbeddedFinder> = LazyLock::new(EmbeddedFinder::new);
    match ZONES.get_tz_name(at.lng, at.lat) {
        "" => "UTC",
        name => name,
    }
}

/// The centroid of a polygon; of one without area the centre of its bounding box.
pub(super) fn centre(corners: &[Point]) -> Option<Point> {
    // Relative to one corner, or the products would swallow the digits that matter.
    let origin = *corners.first()?;
    let relative = |point: &Point| (point.lng - origin.lng, point.lat - origin.lat);
    let (mut area, mut x_moment, mut y_moment) = (0.0, 0.0, 0.0);
    for edge in corners.windows(2) {
        let ((x1, y1), (x2, y2)) = (relative(&edge[0]), relative(&edge[1]));
        let cross = x1 * y2 - x2 * y1;
        area += cross;
        x_moment += (x1 + x2) * cross;
        y_moment += (y1 + y2) * cross;
    }
    let bounds = |of: fn(&Point) -> f64| {
        let all = corners.iter().map(of);
        (all.clone().fold(f64::INFINITY, f64::min), all.fold(f64::NEG_INFINITY, f64::max))
    };
    let (south, north) = bounds(|point| point.lat);
    let (west, east) = bounds(|point| point.lng);
    let centroid = Point { lat: origin.lat + y_moment / (3.0 * area), lng: origin.lng + x_moment / (3.0 * area) };
    // Of a polygon that crosses itself the centroid may lie anywhere.
    let is_inside = (south..=north).contains(&centroid.lat) && (west..=east).contains(&centroid.lng);
    let middle = Point { lat: f64::midpoint(south, north), lng: f64::midpoint(west, east) };
    Some(if is_inside { centroid } else { middle })
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

    #[test]
    fn the_centre_of_an_area_is_its_centroid() {
        let corner = |lat, lng| Point { lat, lng };
        let square = [corner(0., 0.), corner(0., 2.), corner(2., 2.), corner(2., 0.), corner(0., 0.)];
        assert_eq!(centre(&square), Some(corner(1., 1.)));
        let line = [corner(0., 0.), corner(0., 4.), corner(0., 1.), corner(0., 0.)];
        assert_eq!(centre(&line), Some(corner(0., 2.)));
    }
}
