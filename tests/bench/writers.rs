use chrono::{DateTime, Duration, Utc};
use db::bulk::{NewFollow, NewReview};

use crate::stage::{BATCH, Stage};

/// Has each of the authors review each of the shops, some days ago and taking turns.
pub(crate) async fn write(stage: &Stage, authors: &[db::UserId], shops: &[db::ShopId]) -> anyhow::Result<()> {
    let first = Utc::now() - Duration::days(10);
    let review = |number: i32, author_id: db::UserId, shop_id: db::ShopId| {
        let created_at: DateTime<Utc> = first + Duration::milliseconds(number.into());
        NewReview {
            id: db::ReviewId::at(created_at, tail(db::ReviewId::new())),
            shop_id,
            author_id,
            rating: 4,
            title: None,
            body: "The soup was hot, the people were kind, and the bill was small. We will come again.".into(),
            merchant_reply: None,
            merchant_reply_at: None,
            created_at,
        }
    };
    let both = shops.iter().flat_map(|&shop| authors.iter().map(move |&author| (author, shop)));
    let reviews: Vec<_> = (0..).zip(both).map(|(number, (author, shop))| review(number, author, shop)).collect();
    let mut conn = stage.postgres.conn().await?;
    for reviews in reviews.chunks(BATCH) {
        NewReview::insert_all(&mut conn, reviews).await?;
    }
    Ok(())
}

pub(crate) async fn follow(stage: &Stage, follows: &[(db::UserId, db::UserId)]) -> anyhow::Result<()> {
    let mut conn = stage.postgres.conn().await?;
    for follows in follows.chunks(BATCH) {
        let follow = |&(follower_id, followee_id)| NewFollow { id: db::FollowId::new(), follower_id, followee_id };
        let follows: Vec<_> = follows.iter().map(follow).collect();
        NewFollow::insert_all(&mut conn, &follows).await?;
    }
    Ok(())
}

/// What tells apart those of the same time.
fn tail(id: db::ReviewId) -> [u8; 10] {
    let mut tail = [0; 10];
    tail.copy_from_slice(&id.to_bytes()[6..]);
    tail
}
