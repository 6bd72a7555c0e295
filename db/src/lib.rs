//! Everything this product remembers, and the only crate that speaks SQL.

mod accounts;
pub mod bulk;
mod categories;
mod changed;
mod check_ins;
mod comments;
mod config;
mod counters;
mod doctor;
pub mod embedded;
mod error;
mod events;
mod feeds;
mod follows;
mod geo;
mod idempotency;
mod ids;
mod import;
mod keyset;
mod lateral;
mod likes;
mod literal;
pub mod login_codes;
mod memory;
mod meter;
mod migrations;
mod moderation;
mod names;
mod notifications;
mod opening_times;
pub mod outbox;
mod page;
mod postgres;
mod probe;
pub mod redis;
mod reviews;
mod roles;
#[rustfmt::skip]
mod schema;
mod search;
mod sessions;
mod shops;
mod sql_text;
mod sqlstate;
mod text;
mod transaction;
mod users;
mod visits;
mod watch;
mod words;

pub use diesel_async::AsyncPgConnection as Conn;

pub use crate::accounts::{Account, NewAccount};
pub use crate::categories::Category;
pub use crate::check_ins::{Calendar, CheckIns, NewCheckIn, Today};
pub use crate::comments::{Comment, NewComment};
pub use crate::config::{Config, DatabaseUrl};
pub use crate::counters::recount;
pub use crate::doctor::{Examination, OLDEST_MAJOR};
pub use crate::error::{Error, Result};
pub use crate::events::{Cause, Event, caused_by};
pub use crate::feeds::{Trend, TrendWindow};
pub use crate::follows::Followed;
pub use crate::geo::Near;
pub use crate::idempotency::Idempotency;
pub use crate::ids::{
    CategoryId, CommentId, EventId, FollowId, LikeId, NotificationId, ReportId, ReviewId, SessionId, ShopId, UserId,
};
pub use crate::import::{Imported, ImportedShop};
pub use crate::likes::{LikeSubject, Liked, Liker};
pub use crate::login_codes::CodeIssue;
pub use crate::memory::{
    Announcement, Announcements, Broadcast, Kept, Lifetimes, Listener, Memory, Reader, RowCounts, RowId, Rows,
    Timelines, Topic, Wake,
};
pub use crate::meter::Meter;
pub use crate::migrations::{Pending, migrate, pending};
pub use crate::moderation::{NewReport, Report, ReportReason};
pub use crate::names::Names;
pub use crate::notifications::{Announced, Change, Group, Inbox, Notification, NotificationKind};
pub use crate::opening_times::{Interval, OpeningTimes, ShopHours};
pub use crate::page::{Keyed, Page, Rank, Slice};
pub use crate::postgres::{PoolStatus, PooledConn, Postgres};
pub use crate::reviews::{ContentState, NewReview, Review, ReviewChanges, ReviewOrder};
pub use crate::roles::Role;
pub use crate::search::{ShopFacets, ShopFilter, ShopOrder};
pub use crate::sessions::{NewSession, Session};
pub use crate::shops::{Address, AddressDraft, NewShop, Ratings, Shop, ShopChanges, ShopDraft};
pub use crate::text::SearchText;
pub use crate::users::{ProfileChanges, User};
pub use crate::visits::{Visitors, Visits};
pub use crate::watch::Watch;
