//! Dropping by every day.

mod loader;
mod mutation;

use async_graphql::{Context, Object};
use chrono::NaiveDate;

use crate::Result;
use crate::context::ContextExt;
use crate::scalars::Date;

use loader::CheckInsOf;
pub use mutation::{CheckInMutation, CheckInPayload};

pub struct CheckInCalendar(pub db::Calendar);

/// The days of a month on which the viewer has checked in, and the viewer's streaks, which do not depend on the month.
#[Object]
impl CheckInCalendar {
    /// The first day of the month.
    async fn month(&self) -> Date {
        Date(self.0.month)
    }

    /// The days of the month that were checked in, made up or not, earliest first.
    async fn days(&self) -> Vec<Date> {
        self.0.days.iter().copied().map(Date).collect()
    }

    /// How many days the viewer has checked in without a gap, up to today or yesterday. Since that depends on where
    /// the viewer is, a streak counts as long as the day after it is today, or yet to come, somewhere on Earth; then
    /// it is 0.
    async fn current_streak(&self) -> i32 {
        self.0.current_streak
    }

    /// The most days that the viewer has ever checked in without a gap.
    async fn longest_streak(&self) -> i32 {
        self.0.longest_streak
    }

    /// How many days of the month can still be made up, from 3 down to 0; 0 once the month is over everywhere on Earth.
    async fn make_ups_left(&self) -> i32 {
        self.0.make_ups_left
    }
}

/// The month that has `day`.
pub async fn calendar(ctx: &Context<'_>, user: db::UserId, day: NaiveDate) -> Result<CheckInCalendar> {
    let check_ins = ctx.load(CheckInsOf(user)).await?.unwrap_or_default();
    Ok(CheckInCalendar(check_ins.calendar(day, db::Today::at(ctx.now()))))
}
