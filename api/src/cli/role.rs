use anyhow::{Context, bail};
use async_graphql::ID;
use clap::ValueEnum;
use db::Role;

use crate::{Error, global_id};

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The handle of the user
    handle: String,

    /// What they are from now on; whoever is no merchant owns no shops
    role: Role,

    /// The `id` of a shop that the merchant owns from now on, whoever owned it before; can be given many times
    #[arg(long = "shop", value_name = "ID", value_parser = shop_id)]
    shops: Vec<db::ShopId>,
}

pub(super) async fn run(postgres: &db::Postgres, options: &Options) -> anyhow::Result<()> {
    let Options { handle, role, shops } = options;
    if *role != Role::Merchant && !shops.is_empty() {
        bail!("only a merchant can own shops: leave --shop out, or make `{handle}` a merchant");
    }
    let mut conn = postgres.conn().await?;
    let user = db::User::find_by_handle(&mut conn, handle).await?;
    let user = user.with_context(|| format!("there is no user with the handle `{handle}`"))?;
    match role.grant(&mut conn, user.id, shops).await {
        Err(db::Error::Missing("shop")) => bail!("there is no shop {}", unknown(&mut conn, shops).await?),
        granted => granted?,
    }

    let owned = db::Shop::owned_by(&mut conn, user.id).await?;
    let owned = owned.iter().map(|shop| format!("owns {} {}", *global_id::encode(shop.id), shop.name));
    let lines: Vec<String> = std::iter::once(format!("{handle} is a {}", name(*role))).chain(owned).collect();
    super::print(&lines.join("\n"))?;
    Ok(())
}

fn name(role: Role) -> String {
    role.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

fn shop_id(text: &str) -> Result<db::ShopId, String> {
    global_id::decode("shop", &ID(text.to_owned())).map_err(|error| match error {
        Error::BadInput { reason, .. } => reason,
        error => error.message(),
    })
}

/// Those of the ids that no shop has.
async fn unknown(conn: &mut db::Conn, ids: &[db::ShopId]) -> db::Result<String> {
    let known: Vec<db::ShopId> = db::Shop::find_many(conn, ids).await?.iter().map(|shop| shop.id).collect();
    let unknown = ids.iter().filter(|id| !known.contains(id));
    Ok(unknown.map(|&id| global_id::encode(id).0).collect::<Vec<_>>().join(", "))
}
