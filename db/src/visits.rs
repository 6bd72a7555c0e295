use std::collections::{BTreeMap, HashMap};

use cardinality_estimator::CardinalityEstimator;
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::schema::{shops, visits};
use crate::transaction::transaction;
use crate::{Conn, Error, Result, ShopId};

/// How many people came, by [HyperLogLog](https://algo.inria.fr/flajolet/Publications/FlFuGaMe07.pdf): exact for a hundred or so,
/// within a few per cent beyond.
#[derive(Clone, Debug, Default)]
pub struct Visitors(CardinalityEstimator<[u8; 16]>);

/// Who came to which shop on which day, there.
pub type Visits = BTreeMap<(ShopId, NaiveDate), Visitors>;

/// How many are written in one transaction.
const AT_A_TIME: usize = 500;

impl Visitors {
    pub fn add(&mut self, visitor: [u8; 16]) {
        self.0.insert(&visitor);
    }

    pub fn merge(&mut self, others: &Self) {
        self.0.merge(&others.0);
    }

    pub fn count(&self) -> usize {
        self.0.estimate()
    }

    fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(&self.0).expect("numbers are plain data")
    }

    /// None if it is from a release that wrote them otherwise.
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().map(Self)
    }

    /// Adds to what is stored, which others may do at the same time.
    pub async fn store(conn: &mut Conn, visits: &Visits) -> Result<()> {
        let visits: Vec<_> = visits.iter().collect();
        for some in visits.chunks(AT_A_TIME) {
            transaction(conn, async |conn| store(conn, some).await).await?;
        }
        Ok(())
    }

    /// Who came to each of the given shops, from one day to another.
    pub async fn of_shops(
        conn: &mut Conn,
        shops: &[ShopId],
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<HashMap<ShopId, Self>> {
        let days: Vec<(ShopId, Vec<u8>)> = visits::table
            .filter(visits::shop_id.eq_any(shops))
            .filter(visits::day.between(from, to))
            .select((visits::shop_id, visits::visitors))
            .load(conn)
            .await?;
        let mut of_shops: HashMap<ShopId, Self> = HashMap::new();
        for (shop, visitors) in days {
            of_shops.entry(shop).or_default().merge(&Self::from_bytes(&visitors).unwrap_or_default());
        }
        Ok(of_shops)
    }
}

async fn store(conn: &mut Conn, some: &[(&(ShopId, NaiveDate), &Visitors)]) -> Result<()> {
    let ids = some.iter().map(|((shop, _), _)| *shop);
    let there = shops::table.filter(shops::id.eq_any(ids)).order(shops::id).select(shops::id).for_key_share();
    let there: Vec<ShopId> = there.load(conn).await?;
    let some = || some.iter().filter(|((shop, _), _)| there.contains(shop));

    let nobody = Visitors::default().to_bytes();
    let days: Vec<_> = some()
        .map(|((shop, day), _)| (visits::shop_id.eq(shop), visits::day.eq(day), visits::visitors.eq(&nobody)))
        .collect();
    diesel::insert_into(visits::table).values(days).on_conflict_do_nothing().execute(conn).await?;
    for ((shop, day), visitors) in some() {
        let this = visits::table.find((shop, day));
        let before: Vec<u8> = this.select(visits::visitors).for_update().get_result(conn).await?;
        let mut all = Visitors::from_bytes(&before).unwrap_or_default();
        all.merge(visitors);
        diesel::update(this).set(visits::visitors.eq(all.to_bytes())).execute(conn).await?;
    }
    Ok::<_, Error>(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_counts_as_before() {
        for count in [0, 1, 2, 3, 100, 20_000] {
            let mut visitors = Visitors::default();
            for n in 0..count {
                visitors.add(u128::to_be_bytes(n));
                visitors.add(u128::to_be_bytes(n));
            }
            let stored = Visitors::from_bytes(&visitors.to_bytes()).expect("a sketch");
            assert_eq!(stored.count(), visitors.count());
            let error = (stored.count() as f64 - count as f64).abs();
            assert!(error <= count as f64 * 0.05, "{count} counted as {}", stored.count());
        }
        assert!(Visitors::from_bytes(b"{}").is_none());
    }

    #[test]
    fn who_came_on_several_days_counts_once() {
        let (mut monday, mut tuesday) = (Visitors::default(), Visitors::default());
        for n in 0..60 {
            monday.add(u128::to_be_bytes(n));
            tuesday.add(u128::to_be_bytes(n + 30));
        }
        monday.merge(&tuesday);
        assert_eq!(monday.count(), 90);
    }
}
