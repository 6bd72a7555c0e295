use std::collections::{BTreeMap, HashMap};

use cardinality_estimator::CardinalityEstimator;
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Bytea, Date, Uuid};
use diesel_async::RunQueryDsl;

use crate::schema::{shops, visits};
use crate::transaction::transaction;
use crate::{Conn, Result, ShopId};

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
    // More rows than these, where shops are in several time zones.
    let before: Vec<(ShopId, NaiveDate, Vec<u8>)> = visits::table
        .filter(visits::shop_id.eq_any(&there))
        .filter(visits::day.eq_any(some().map(|((_, day), _)| day)))
        .order((visits::shop_id, visits::day))
        .for_update()
        .load(conn)
        .await?;
    let before: HashMap<_, _> = before.into_iter().map(|(shop, day, visitors)| ((shop, day), visitors)).collect();
    let (mut shops, mut days, mut sketches) = (Vec::new(), Vec::new(), Vec::new());
    for (visit, visitors) in some() {
        let mut all = before.get(visit).and_then(|bytes| Visitors::from_bytes(bytes)).unwrap_or_default();
        all.merge(visitors);
        shops.push(visit.0);
        days.push(visit.1);
        sketches.push(all.to_bytes());
    }
    sql_query(
        "update visits set visitors = more.visitors from unnest($1, $2, $3) as more (shop_id, day, visitors)
         where visits.shop_id = more.shop_id and visits.day = more.day",
    )
    .bind::<Array<Uuid>, _>(shops)
    .bind::<Array<Date>, _>(days)
    .bind::<Array<Bytea>, _>(sketches)
    .execute(conn)
    .await?;
    Ok(())
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
