//! Places on the ground: points of the Earth's surface, for PostgreSQL `cube`s in metres from its centre.

use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::Double;

use crate::schema::shops;

/// A circle on the ground.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near {
    pub lat: f64,
    pub lng: f64,
    pub radius_meters: f64,
}

#[derive(diesel::sql_types::SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(name = "cube"))]
pub struct Cube;

define_sql_function! { fn point_on_earth(lat: Double, lng: Double) -> Cube }
define_sql_function! { fn cube_enlarge(center: Cube, radius: Double, dimensions: diesel::sql_types::Integer) -> Cube }
diesel::infix_operator!(Chord, " <-> ", Double);
diesel::infix_operator!(Within, " <@ ");
type DistanceTo = Chord<shops::position, Once<point_on_earth<f64, f64>>>;
pub(crate) type InCircle = diesel::dsl::And<
    Within<shops::position, Once<cube_enlarge<point_on_earth<f64, f64>, f64, i32>>>,
    diesel::dsl::LtEq<DistanceTo, f64>,
>;

impl Near {
    /// How far it is from the centre over the ground, as the crow flies.
    pub fn meters_to(self, lat: f64, lng: f64) -> f64 {
        let half_chord = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
        let haversine = half_chord(self.lat, lat)
            + self.lat.to_radians().cos() * lat.to_radians().cos() * half_chord(self.lng, lng);
        2.0 * EARTH_RADIUS * haversine.sqrt().min(1.0).asin()
    }

    /// The length of the straight line from the point to a shop, through the ground.
    pub(crate) fn chord(self) -> DistanceTo {
        Chord::new(shops::position, Once(point_on_earth(self.lat, self.lng)))
    }

    /// Whether a shop is in the circle: in the box around it first, which an index answers.
    pub(crate) fn contains_shop(self) -> InCircle {
        let center = point_on_earth(self.lat, self.lng);
        let length = chord(self.radius_meters);
        Within::new(shops::position, Once(cube_enlarge(center, length, 3))).and(self.chord().le(length))
    }
}

const EARTH_RADIUS: f64 = 6_371_008.8;

fn chord(meters: f64) -> f64 {
    2.0 * EARTH_RADIUS * (meters / (2.0 * EARTH_RADIUS)).min(std::f64::consts::FRAC_PI_2).sin()
}

/// A constant that PostgreSQL is to compute once, not for each row, even where a plan knows no parameters.
#[derive(Clone, Copy, Debug, QueryId)]
pub(crate) struct Once<E>(E);

impl<E: Expression> Expression for Once<E> {
    type SqlType = E::SqlType;
}

impl<E: AppearsOnTable<Source>, Source> AppearsOnTable<Source> for Once<E> {}
impl<E: SelectableExpression<Source>, Source> SelectableExpression<Source> for Once<E> {}

impl<E, GroupBy> ValidGrouping<GroupBy> for Once<E> {
    type IsAggregate = is_aggregate::Never;
}

impl<E: QueryFragment<Pg>> QueryFragment<Pg> for Once<E> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("(select ");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }
}
