//! What there is before a test begins.

use chrono::{DateTime, Utc};
use db::bulk::{NewComment, NewFollow, NewLike, NewReview, NewUser};
use uuid::Uuid;

use crate::{TestApp, connect};

/// The id of a category by its slug.
pub async fn category(app: &TestApp, slug: &str) -> db::CategoryId {
    let mut conn = app.postgres.conn().await.expect("a connection");
    let categories = db::Category::by_slug(&mut conn).await.expect("categories");
    categories.get(slug).unwrap_or_else(|| panic!("no category `{slug}`")).id
}

/// A shop in the middle of Helsinki, to be changed at will before it is stored.
pub async fn place(app: &TestApp, name: &str) -> db::ImportedShop {
    db::ImportedShop {
        osm_id: Some(format!("node/{}", Uuid::now_v7().as_u128())),
        category_id: category(app, "restaurant").await,
        name: name.into(),
        names: db::Names::default(),
        lat: 60.1699,
        lng: 24.9384,
        address: db::Address::default(),
        country_code: Some("FI".into()),
        timezone: "Europe/Helsinki".into(),
        phone: None,
        website: None,
        opening_hours: None,
        cuisines: Vec::new(),
        photos: Vec::new(),
        search_text: db::SearchText::new([name]),
    }
}

impl TestApp {
    pub async fn user(&self, handle: &str) -> db::UserId {
        let user = NewUser {
            id: db::UserId::new(),
            handle: handle.into(),
            nickname: handle.into(),
            bio: None,
            city: None,
            credits: 0,
            created_at: Utc::now(),
        };
        let mut conn = self.postgres.conn().await.expect("a connection");
        NewUser::insert_all(&mut conn, std::slice::from_ref(&user)).await.expect("a user");
        user.id
    }

    /// A user who may list shops.
    pub async fn merchant(&self, handle: &str) -> db::UserId {
        let user = self.user(handle).await;
        self.grant(user, db::Role::Merchant, &[]).await;
        user
    }

    pub async fn grant(&self, user: db::UserId, role: db::Role, shops: &[db::ShopId]) {
        let mut conn = self.postgres.conn().await.expect("a connection");
        role.grant(&mut conn, user, shops).await.expect("a role");
    }

    /// Somebody who watches over what others write.
    pub async fn moderator(&self, handle: &str) -> db::UserId {
        let user = self.user(handle).await;
        self.grant(user, db::Role::Moderator, &[]).await;
        user
    }

    pub async fn shop(&self, name: &str) -> db::ShopId {
        let place = place(self, name).await;
        self.store(&[place]).await[0]
    }

    /// Stores shops as an import does, and evaluates their hours.
    pub async fn store(&self, shops: &[db::ImportedShop]) -> Vec<db::ShopId> {
        let mut conn = self.postgres.conn().await.expect("a connection");
        db::ImportedShop::upsert_all(&mut conn, shops, |_| {}).await.expect("shops");
        drop(conn);
        api::shops::opening_times::refresh(&self.postgres).await.expect("hours");

        let osm_ids: Vec<_> = shops.iter().map(|shop| &shop.osm_id).collect();
        let statement = "select id::text from shops where osm_id = any($1) order by array_position($1, osm_id)";
        let rows = self.sql().await.query(statement, &[&osm_ids]).await.expect("the shops stored");
        rows.iter().map(|row| row.get::<_, String>(0).parse().expect("an id")).collect()
    }

    pub async fn review(&self, author: db::UserId, shop: db::ShopId, rating: i16) -> db::ReviewId {
        self.review_at(author, shop, rating, Utc::now()).await
    }

    pub async fn review_at(
        &self,
        author_id: db::UserId,
        shop_id: db::ShopId,
        rating: i16,
        created_at: DateTime<Utc>,
    ) -> db::ReviewId {
        let review = NewReview {
            id: db::ReviewId::at(created_at, db::ReviewId::new().to_bytes()[6..].try_into().expect("ten bytes")),
            shop_id,
            author_id,
            rating,
            title: None,
            body: format!("{rating} stars"),
            merchant_reply: None,
            merchant_reply_at: None,
            created_at,
        };
        let mut conn = self.postgres.conn().await.expect("a connection");
        let inserted = NewReview::insert_all(&mut conn, std::slice::from_ref(&review)).await.expect("a review");
        assert_eq!(inserted, 1, "one review per author and shop");
        review.id
    }

    pub async fn comment(
        &self,
        author_id: db::UserId,
        review_id: db::ReviewId,
        parent_id: Option<db::CommentId>,
        body: &str,
    ) -> db::CommentId {
        let comment = NewComment {
            id: db::CommentId::new(),
            review_id,
            author_id,
            parent_id,
            reply_to_id: None,
            body: body.into(),
            created_at: Utc::now(),
        };
        let mut conn = self.postgres.conn().await.expect("a connection");
        NewComment::insert_all(&mut conn, std::slice::from_ref(&comment)).await.expect("a comment");
        comment.id
    }

    pub async fn like(&self, user_id: db::UserId, subject: db::LikeSubject) {
        let like = NewLike { id: db::LikeId::new(), user_id, subject };
        let mut conn = self.postgres.conn().await.expect("a connection");
        NewLike::insert_all(&mut conn, &[like]).await.expect("a like");
    }

    pub async fn follow(&self, follower_id: db::UserId, followee_id: db::UserId) {
        let follow = NewFollow { id: db::FollowId::new(), follower_id, followee_id };
        let mut conn = self.postgres.conn().await.expect("a connection");
        NewFollow::insert_all(&mut conn, &[follow]).await.expect("a follow");
    }

    /// Brings the counters up to date, which bulk inserts leave alone.
    pub async fn recount(&self) {
        db::recount(&mut self.postgres.conn().await.expect("a connection")).await.expect("counters");
    }

    /// Takes something out of everybody's sight, as a moderator does: `reviews` or `comments`, and the id.
    pub async fn hide(&self, table: &str, id: impl std::fmt::Display) {
        self.execute(&format!("update {table} set state = 'hidden' where id = '{id}'")).await;
        self.recount().await;
    }

    /// How many rows there are, as in `likes` or `likes where user_id = …`.
    pub async fn count(&self, from: &str) -> i64 {
        let counted = self.sql().await.query_one(&format!("select count(*) from {from}"), &[]).await;
        counted.expect("a row").get(0)
    }

    /// Runs a statement that brings about what nothing else can.
    pub async fn execute(&self, statement: &str) {
        self.sql().await.batch_execute(statement).await.expect("a statement");
    }

    /// For whatever there is no other way to bring about.
    pub async fn sql(&self) -> tokio_postgres::Client {
        connect(&self.database_url).await
    }
}
