//! What people may do beyond what everybody may.

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;

use crate::schema::{shops, users};
use crate::transaction::transaction;
use crate::words::words;
use crate::{Conn, Error, Event, Result, ShopId, UserId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, FromSqlRow, AsExpression)]
#[diesel(sql_type = Text)]
pub enum Role {
    User,
    Merchant,
    Moderator,
}

/// A user who is known to own shops, for as long as the transaction lasts that found out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Merchant(UserId);

/// A user who is known to watch over what others write, for as long as the transaction lasts that found out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moderator(UserId);

impl Merchant {
    pub(crate) async fn hold(conn: &mut Conn, user: UserId) -> Result<Self> {
        Role::Merchant.hold(conn, user).await.map(Self)
    }

    pub(crate) fn id(self) -> UserId {
        self.0
    }
}

impl Moderator {
    pub(crate) async fn hold(conn: &mut Conn, user: UserId) -> Result<Self> {
        Role::Moderator.hold(conn, user).await.map(Self)
    }

    pub(crate) fn id(self) -> UserId {
        self.0
    }
}

impl Role {
    /// Finds the user, who must have this role, and keeps it until the transaction ends.
    async fn hold(self, conn: &mut Conn, user: UserId) -> Result<UserId> {
        let found = users::table
            .find(user)
            .filter(users::role.eq(self))
            .select(users::id)
            .for_share()
            .get_result(conn)
            .await
            .optional()?;
        found.ok_or(Error::Forbidden)
    }

    /// Whether the user has this role at the moment.
    pub(crate) async fn is_of(self, conn: &mut Conn, user: UserId) -> Result<bool> {
        let of_role = users::table.find(user).filter(users::role.eq(self));
        Ok(diesel::select(diesel::dsl::exists(of_role)).get_result(conn).await?)
    }

    /// Gives a user this role, and some shops to own.
    pub async fn grant(self, conn: &mut Conn, user: UserId, owned: &[ShopId]) -> Result<()> {
        transaction(conn, async |conn| {
            let granted = diesel::update(users::table.find(user)).set(users::role.eq(self)).execute(conn).await?;
            if granted == 0 {
                return Err(Error::Missing("user"));
            }
            for &shop in owned {
                let given = diesel::update(shops::table.find(shop)).set(shops::owner_id.eq(user)).execute(conn).await?;
                if given == 0 {
                    return Err(Error::Missing("shop"));
                }
                Event::ShopUpdated { shop }.record(conn).await?;
            }
            Ok(())
        })
        .await
    }
}

words! { Role { User "user" Merchant "merchant" Moderator "moderator" } }
