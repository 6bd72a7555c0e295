//! The middle of an area.

use crate::shops::locate::Point;

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
    fn the_centre_of_an_area_is_its_centroid() {
        let corner = |lat, lng| Point { lat, lng };
        let square = [corner(0., 0.), corner(0., 2.), corner(2., 2.), corner(2., 0.), corner(0., 0.)];
        assert_eq!(centre(&square), Some(corner(1., 1.)));
        let line = [corner(0., 0.), corner(0., 4.), corner(0., 1.), corner(0., 0.)];
        assert_eq!(centre(&line), Some(corner(0., 2.)));
    }
}
