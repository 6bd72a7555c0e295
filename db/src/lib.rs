//! Everything this product remembers, and the only crate that speaks SQL.

pub mod bulk;
mod categories;
mod comments;
mod config;
mod counters;
mod doctor;
pub mod embedded;
mod error;
mod feeds;
mod follows;
mod geo;
mod ids;
mod import;
mod keyset;
mod lateral;
mod likes;
mod literal;
mod meter;
mod migrations;
mod names;
mod opening_times;
mod page;
mod postgres;
mod reviews;
#[rustfmt::skip]
mod schema;
mod search;
mod shops;
mod text;
mod users;

pub use diesel_async::AsyncPgConnection as Conn;

pub use crate::categories::Category;
pub use crate::comments::Comment;
pub use crate::config::{Config, DatabaseUrl};
pub use crate::counters::recount;
pub use crate::doctor::{Examination, OLDEST_MAJOR};
pub use crate::error::{Error, Result};
pub use crate::feeds::{Trend, TrendWindow};
pub use crate::follows::Followed;
pub use crate::geo::Near;
pub use crate::ids::{CategoryId, CommentId, FollowId, LikeId, ReviewId, ShopId, UserId};
pub use crate::import::{Imported, ImportedShop, SearchText};
pub use crate::likes::{LikeSubject, Liker};
pub use crate::meter::Meter;
pub use crate::migrations::{Pending, migrate, pending};
pub use crate::names::Names;
pub use crate::opening_times::{Interval, OpeningTimes, ShopHours};
pub use crate::page::{Keyed, Page, Rank, Slice};
pub use crate::postgres::Postgres;
pub use crate::reviews::{ContentState, Review, ReviewOrder};
pub use crate::search::{ShopFacets, ShopFilter, ShopOrder};
pub use crate::shops::{Address, Ratings, Shop};
pub use crate::users::User;
