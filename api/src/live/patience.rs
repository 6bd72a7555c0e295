use std::time::Duration;

use async_graphql::Context;
use tokio::time::sleep;

use crate::Result;
use crate::context::ContextExt;
use crate::loaders::Key;

/// The pause after the first failure, at its longest. It is random, since whoever waits lost the database at the same moment.
const SHORTEST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(30);

/// Loads what a subscriber is to be told of, again and again while the database can't be reached. It ends with the subscription.
pub(crate) async fn load_patiently<K: Key>(ctx: &Context<'_>, key: K) -> Result<Option<K::Value>> {
    let mut pause = SHORTEST;
    loop {
        match ctx.load(key.clone()).await {
            // Not logged for each of those who wait: whatever else needs the database tells of it.
            Err(error) if error.passes() => sleep(pause.mul_f64(0.5 + 0.5 * fastrand::f64())).await,
            loaded => return loaded,
        }
        pause = LONGEST.min(pause * 2);
        ctx.renew();
    }
}
