use async_graphql::{Context, InputObject, Object};
use chrono::{DateTime, Utc};

use super::CheckInCalendar;
use crate::context::ContextExt;
use crate::input::{Parsed, within};
use crate::payload::{payload, payloads};
use crate::scalars::Date;
use crate::user_error::{ErrorCode, Explain, UserError};
use crate::{Error, Result};

payloads! {
    /// What became of a check-in.
    CheckInPayload {
        /// The month of the day, as it is now.
        calendar: CheckInCalendar,
        /// By how much the viewer's credits have grown.
        credits_earned: i32,
    }
}

/// A day to be checked in.
#[derive(InputObject)]
struct CheckInInput {
    /// The day it is, or was, where the viewer is: take it from the device. Left out or null, it is today in UTC,
    /// which may be yesterday or tomorrow to the viewer.
    date: Option<Date>,
}

#[derive(Default)]
pub struct CheckInMutation;

#[Object]
impl CheckInMutation {
    /// Checks the viewer in for a day, which can be done once for each (`ALREADY_DONE`).
    ///
    /// A day that is today somewhere on Earth, from UTC-12 to UTC+14, earns as many credits as there are days without
    /// a gap up to it, at most 7. A day before those is made up, which earns 1 credit and can be done for at most 3
    /// days of a calendar month (then `CONFLICT`), until that month is over everywhere on Earth, but not for days before
    /// the viewer signed up. Any other day is `BAD_INPUT`. To close a gap adds nothing to what later days have earned,
    /// but those yet to come earn more.
    async fn check_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which day.")] input: CheckInInput,
    ) -> Result<CheckInPayload> {
        payload(async {
            let viewer = ctx.load(ctx.user()?).await?.ok_or(Error::Unauthenticated)?;
            let check_in = input.parse(&viewer, ctx.now())?;
            let (calendar, credits) = check_in
                .insert(&mut *ctx.writer().await?)
                .await
                .on_constraint(
                    "check_ins_pkey",
                    UserError::new(ErrorCode::AlreadyDone, "date", "the viewer has checked in for this day"),
                )
                .on_too_many(UserError::new(
                    ErrorCode::Conflict,
                    "date",
                    "no more days of this month can be made up",
                ))?;
            Ok(CheckInPayload::new(CheckInCalendar(calendar), credits))
        })
        .await
    }
}

impl CheckInInput {
    fn parse(self, viewer: &db::User, now: DateTime<Utc>) -> Parsed<db::NewCheckIn> {
        let today = db::Today::at(now);
        let day = self.date.map_or(now.date_naive(), |date| date.0);
        let day = within("date", day, today.open_since(viewer.created_at))?;
        Ok(db::NewCheckIn { user_id: viewer.id, day, today })
    }
}
