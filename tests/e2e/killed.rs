//! What was answered is there; what was not is there or not; nothing is half there.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use api::global_id::encode;
use api::tokens::{Bearer, Tokens};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{connect, document, schema_of_its_own, until, wrong_counters};

use crate::program::Server;

const PEOPLE: usize = 24;
const SHOPS: usize = 3;
/// How many are given before the end. Each of the people asks for twelve.
const ANSWERS: usize = PEOPLE * 5;
/// How many connections a server has to its database, by default.
const POOL: usize = 16;

/// People and shops in a database, and the key that signs the tokens of the people.
struct Town {
    url: String,
    folder: TempDir,
    people: Vec<db::UserId>,
    shops: Vec<db::ShopId>,
}

/// A mutation by one of the people, and what is true once it was answered.
struct Sent {
    mutation: &'static str,
    input: Value,
    fact: Option<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_the_middle_of_writes_loses_nothing_that_was_answered() {
    let town = Town::new().await;
    let server = town.serve();
    town.fill().await;
    // One of the people reviews the shops beforehand, for others to like and to comment.
    let reviews =
        join_all((0..SHOPS).map(|shop| town.send(&server, PEOPLE, "createReview", town.review(PEOPLE, shop)))).await;
    let reviews: Vec<String> = reviews.into_iter().filter_map(|sent| sent.fact).collect();
    let answers = AtomicUsize::new(0);
    let sent = join_all((0..PEOPLE).map(|person| town.write(&server, person, &reviews, &answers))).await;
    let sent: Vec<Sent> = sent.into_iter().flatten().collect();
    drop(server);
    until("PostgreSQL knows of the kill", async || (town.backends("true").await == 0).then_some(())).await;

    let unanswered = sent.iter().filter(|sent| sent.fact.is_none()).count();
    assert!(unanswered > 0 && sent.len() < PEOPLE * 4 * SHOPS, "it was killed too late");
    let facts = town.facts().await;
    for sent in &sent {
        assert!(sent.fact.as_ref().is_none_or(|fact| facts.contains(fact)), "{:?} was answered", sent.input);
    }
    town.assert_nothing_half_done().await;

    let server = town.serve();
    let again = (0..PEOPLE).flat_map(|person| (0..SHOPS).map(move |shop| (person, shop)));
    let again = join_all(again.map(|(n, shop)| town.send(&server, n, "createReview", town.review(n, shop)))).await;
    for before in sent.iter().filter(|sent| sent.mutation == "createReview" && sent.fact.is_some()) {
        assert!(again.iter().any(|again| again.fact == before.fact), "{:?} made another review", before.input);
    }
    let ids: HashSet<_> = again.iter().map(|sent| sent.fact.as_ref().expect("an answer")).collect();
    assert_eq!(ids.len(), PEOPLE * SHOPS);
    assert_eq!(town.rows("select id::text from reviews").await.len(), (PEOPLE + 1) * SHOPS);
    town.assert_nothing_half_done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_who_hang_up_in_the_middle_of_a_write_leave_nothing_half_done() {
    let town = Town::new().await;
    let server = town.serve();
    town.fill().await;
    let blocker = connect(&town.url).await;
    blocker.batch_execute("begin; lock table shops in share mode").await.expect("a lock");
    {
        let requests = join_all((0..POOL).map(|n| town.send(&server, n, "createReview", town.review(n, 0))));
        let all_wait = until("all wait for the lock", async || {
            (town.backends("wait_event_type = 'Lock'").await == POOL).then_some(())
        });
        tokio::select! {
            _ = requests => panic!("they were answered"),
            () = all_wait => {}
        }
    }
    blocker.batch_execute("commit").await.expect("the lock is released");
    until("no transaction is left open", async || (town.backends("xact_start is not null").await == 0).then_some(()))
        .await;
    town.assert_nothing_half_done().await;

    let again = join_all((0..PEOPLE).map(|n| town.send(&server, n, "createReview", town.review(n, 0)))).await;
    assert!(again.iter().all(|sent| sent.fact.is_some()));
    assert_eq!(town.rows("select id::text from reviews").await.len(), PEOPLE);
    town.assert_nothing_half_done().await;
}

impl Town {
    async fn new() -> Self {
        let (url, folder) = (schema_of_its_own().await, TempDir::new().expect("a folder"));
        let people = (0..=PEOPLE).map(|_| db::UserId::new()).collect();
        Self { url, folder, people, shops: (0..SHOPS).map(|_| db::ShopId::new()).collect() }
    }

    fn serve(&self) -> Server {
        self.tokens();
        let url = format!("{}&application_name={}", self.url, self.name());
        // Events stay, to be compared with what they tell of.
        Server::with_key(&url, &self.key(), &["--no-worker"])
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    fn tokens(&self) -> Tokens {
        Tokens::read_or_create(&self.key(), &[]).expect("a key")
    }

    /// By which PostgreSQL knows the connections of our servers.
    fn name(&self) -> String {
        format!("killed_{}", self.people[0])
    }

    async fn fill(&self) {
        let client = connect(&self.url).await;
        for (n, id) in self.people.iter().enumerate() {
            let user = format!("insert into users (id, handle, nickname) values ('{id}', 'person_{n}', 'Person')");
            client.batch_execute(&user).await.expect("a user");
        }
        for id in &self.shops {
            let shop = format!(
                "insert into shops (id, category_id, name, lat, lng, timezone, search_text)
                select '{id}', id, 'Noodles', 60.17, 24.94, 'Europe/Helsinki', 'noodles' from categories limit 1"
            );
            client.batch_execute(&shop).await.expect("a shop");
        }
    }

    /// Reviews, likes, comments and follows, one after the other, until there is no answer any more.
    async fn write(&self, server: &Server, n: usize, reviews: &[String], answers: &AtomicUsize) -> Vec<Sent> {
        let mut all = Vec::new();
        for (step, review) in reviews.iter().enumerate() {
            let key = format!("comment-{step}");
            let followee = encode(self.people[(n + 1 + step) % PEOPLE]).0;
            let mut mutations = [
                ("createReview", self.review(n, step)),
                ("addComment", json!({ "reviewId": review, "body": "Well", "idempotencyKey": key })),
                ("setLike", json!({ "subjectId": review, "liked": true })),
                ("setFollow", json!({ "userId": followee, "following": true })),
            ];
            // At any time, everything is under way.
            mutations.rotate_left(n % 4);
            for (mutation, input) in mutations {
                all.push(self.send(server, n, mutation, input).await);
                if all.last().is_none_or(|sent| sent.fact.is_none()) {
                    return all;
                }
                if answers.fetch_add(1, Ordering::Relaxed) + 1 == ANSWERS {
                    server.signal("KILL");
                }
            }
        }
        all
    }

    async fn send(&self, server: &Server, person: usize, mutation: &'static str, input: Value) -> Sent {
        let user = self.people[person];
        let token = self.tokens().issue(Bearer { user, session: None }, chrono::Duration::minutes(5)).expect("a token");
        let fields = match mutation {
            "createReview" => "review { id }",
            "addComment" => "edge { node { id } }",
            _ => "",
        };
        let body = json!({ "query": document(mutation, fields), "variables": { "input": input } });
        // Everybody has a connection of their own. By HTTP/2, a server knows at once who hangs up.
        let http = reqwest::Client::builder().http2_prior_knowledge().build().expect("a client");
        let request = http.post(format!("{}/graphql", server.address)).bearer_auth(token).json(&body);
        let answer: Option<Value> = async { request.send().await.ok()?.json().await.ok() }.await;
        let fact = answer.map(|answer| {
            let payload = &answer["data"][mutation];
            assert_eq!(payload["userErrors"], json!([]), "{mutation}: {answer}");
            match mutation {
                "createReview" => payload["review"]["id"].as_str().expect("an id").to_owned(),
                "addComment" => payload["edge"]["node"]["id"].as_str().expect("an id").to_owned(),
                "setLike" => format!("{user} likes {}", input["subjectId"].as_str().expect("an id")),
                _ => format!("{user} follows {}", input["userId"].as_str().expect("an id")),
            }
        });
        Sent { mutation, input, fact }
    }

    fn review(&self, person: usize, shop: usize) -> Value {
        let key = format!("review-{shop}");
        json!({ "shopId": encode(self.shops[shop]).0, "rating": 1 + person % 5, "body": "Well", "idempotencyKey": key })
    }

    async fn rows(&self, query: &str) -> Vec<String> {
        let rows = connect(&self.url).await.query(query, &[]).await.expect("rows");
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// How many connections there are of which this is true.
    async fn backends(&self, condition: &str) -> usize {
        let name = self.name();
        self.rows(&format!("select pid::text from pg_stat_activity where application_name = '{name}' and {condition}"))
            .await
            .len()
    }

    /// What is true by the database, in the words of `Sent::fact`.
    async fn facts(&self) -> HashSet<String> {
        let review = |id: &String| encode(id.parse::<db::ReviewId>().expect("an id")).0;
        let comment = |id: &String| encode(id.parse::<db::CommentId>().expect("an id")).0;
        let user = |id: &String| encode(id.parse::<db::UserId>().expect("an id")).0;
        let mut facts: HashSet<_> = self.rows("select id::text from reviews").await.iter().map(review).collect();
        facts.extend(self.rows("select id::text from comments").await.iter().map(comment));
        for (verb, query, global) in [
            ("likes", "select user_id || ' ' || review_id from likes", &review as &dyn Fn(&String) -> String),
            ("follows", "select follower_id || ' ' || followee_id from follows", &user),
        ] {
            facts.extend(self.rows(query).await.iter().map(|row| {
                let (who, whom) = row.split_once(' ').expect("two ids");
                format!("{who} {verb} {}", global(&whom.to_owned()))
            }));
        }
        facts
    }

    /// Every write has its event and its count, and every event and every idempotency key has its write.
    async fn assert_nothing_half_done(&self) {
        assert_eq!(wrong_counters(&connect(&self.url).await).await, Vec::<String>::new());
        for (kind, subjects) in [
            ("review_created", "select id from reviews"),
            ("comment_added", "select id from comments"),
            ("liked", "select review_id from likes"),
            ("user_followed", "select follower_id from follows"),
        ] {
            let events = format!("select subject_id from events where kind = '{kind}'");
            let only = |these: &str, those: &str| {
                format!("select id::text from (({these}) except all ({those})) as lonely (id)")
            };
            assert_eq!(self.rows(&only(subjects, &events)).await, Vec::<String>::new(), "{kind}: there is no event");
            assert_eq!(self.rows(&only(&events, subjects)).await, Vec::<String>::new(), "{kind}: there is no row");
        }
        let keys = "select key from idempotency_keys where result_id not in (select id from reviews union select id from comments)";
        assert_eq!(self.rows(keys).await, Vec::<String>::new(), "these keys have no result");
    }
}
