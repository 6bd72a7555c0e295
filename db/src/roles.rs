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

#[derive(Clone, Copy, Debug, PartialEq, Eq, FromSqlRow, AsExpression, clap::ValueEnum)]
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

    /// Gives a user this role. A merchant owns these shops from now on, beside those they own already; whoever is none owns nothing.
    pub async fn grant(self, conn: &mut Conn, user: UserId, shops: &[ShopId]) -> Result<()> {
        transaction(conn, async |conn| {
            let granted = diesel::update(users::table.find(user)).set(users::role.eq(self)).execute(conn).await?;
            if granted == 0 {
                return Err(Error::Missing("user"));
            }
            let changed =
                if self == Self::Merchant { give(conn, user, shops).await? } else { take_all(conn, user).await? };
            for shop in changed {
                Event::ShopUpdated { shop }.record(conn).await?;
            }
            Ok(())
        })
        .await
    }
}

async fn give(conn: &mut Conn, merchant: UserId, shops: &[ShopId]) -> Result<Vec<ShopId>> {
    let given: Vec<ShopId> = diesel::update(shops::table.filter(shops::id.eq_any(shops)))
        .set(shops::owner_id.eq(merchant))
        .returning(shops::id)
        .get_results(conn)
        .await?;
    if shops.iter().all(|shop| given.contains(shop)) { Ok(given) } else { Err(Error::Missing("shop")) }
}

async fn take_all(conn: &mut Conn, owner: UserId) -> Result<Vec<ShopId>> {
    Ok(diesel::update(shops::table.filter(shops::owner_id.eq(owner)))
        .set(shops::owner_id.eq(None::<UserId>))
        .returning(shops::id)
        .get_results(conn)
        .await?)
}

words! { Role { User "user" Merchant "merchant" Moderator "moderator" } }
