use anyhow::ensure;
use chrono::{DateTime, NaiveTime, Utc};

/// How much to generate.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct Options {
    /// Which people to make up: the same number makes the same, another one makes others
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u32,

    /// How many people
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub people: u32,

    /// How many reviews [default: 10 for each of the people]
    #[arg(long, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u64).range(..=20_000_000))]
    pub reviews: Option<u64>,

    /// How many times somebody follows somebody [default: 15 for each of the people]
    #[arg(long, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u64).range(..=20_000_000))]
    pub follows: Option<u64>,

    /// How many comments [default: 1 for every two reviews]
    #[arg(long, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u64).range(..=20_000_000))]
    pub comments: Option<u64>,

    /// How many likes [default: 2 for each review]
    #[arg(long, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u64).range(..=20_000_000))]
    pub likes: Option<u64>,

    /// When everything has happened, two years after the first of it, as 2026-11-30T00:00:00Z [default: today at 00:00 UTC]
    #[arg(long, value_name = "DATETIME", value_parser = since_2000)]
    pub until: Option<DateTime<Utc>>,
}

/// What is to be done, and can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) seed: u32,
    pub(super) people: usize,
    pub(super) reviews: u64,
    pub(super) follows: u64,
    pub(super) comments: u64,
    /// Of reviews.
    pub(super) likes: u64,
    pub(super) comment_likes: u64,
    pub(super) until: DateTime<Utc>,
}

impl Options {
    /// Some life for the shops that come with a new installation.
    pub fn sample() -> Self {
        Self {
            seed: 1,
            people: 300,
            reviews: Some(4_000),
            follows: Some(4_500),
            comments: Some(2_000),
            likes: Some(8_000),
            until: None,
        }
    }

    /// Refuses what is impossible with so many shops.
    pub(super) fn plan(&self, shops: usize) -> anyhow::Result<Plan> {
        ensure!(shops > 0, "there are no shops to write about: first run `linli import osm FILE.osm.pbf`");
        let (people, shops) = (u64::from(self.people), shops as u64);
        let most_reviews = people * shops;
        let reviews = self.reviews.unwrap_or_else(|| (10 * people).min(most_reviews));
        ensure!(
            reviews <= most_reviews,
            "--reviews {reviews}: {people} people can review {shops} shops {most_reviews} times at the most; \
             ask for fewer, or for more --people"
        );

        let most_follows = people * (people - 1);
        let follows = self.follows.unwrap_or_else(|| (15 * people).min(most_follows));
        ensure!(
            follows <= most_follows,
            "--follows {follows}: {people} people can follow each other {most_follows} times at the most; \
             ask for fewer, or for more --people"
        );

        let comments = self.comments.unwrap_or(reviews / 2);
        ensure!(comments == 0 || reviews > 0, "--comments {comments}: there are no --reviews to comment on");

        let most_likes = people * reviews;
        let likes = self.likes.unwrap_or_else(|| (2 * reviews).min(most_likes));
        ensure!(
            likes <= most_likes,
            "--likes {likes}: {people} people can like {reviews} reviews {most_likes} times at the most; \
             ask for fewer, or for more --people"
        );
        let comment_likes = (likes / 10).min(people * comments / 2);

        let until = self.until.unwrap_or_else(|| Utc::now().date_naive().and_time(NaiveTime::MIN).and_utc());
        let likes = likes - comment_likes;
        Ok(Plan {
            seed: self.seed,
            people: self.people as usize,
            reviews,
            follows,
            comments,
            likes,
            comment_likes,
            until,
        })
    }
}

/// Ids hold the time since 1970, and two years before the end must be within.
fn since_2000(text: &str) -> Result<DateTime<Utc>, String> {
    let time: DateTime<Utc> =
        text.parse().map_err(|error| format!("expected a time as 2026-11-30T00:00:00Z: {error}"))?;
    let year = chrono::Datelike::year(&time);
    if (2000..=9000).contains(&year) { Ok(time) } else { Err("expected a year from 2000 to 9000".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_wishes_are_refused_by_the_name_of_their_option() {
        let wish = |change: fn(&mut Options)| {
            let mut options =
                Options { people: 10, reviews: None, follows: None, comments: None, likes: None, ..Options::sample() };
            change(&mut options);
            options.plan(3).map_err(|error| error.to_string())
        };
        assert!(wish(|_| {}).is_ok_and(|plan| plan.reviews == 30 && plan.follows == 90));
        assert!(wish(|options| options.reviews = Some(31)).is_err_and(|error| error.starts_with("--reviews 31")));
        assert!(wish(|options| options.follows = Some(91)).is_err_and(|error| error.starts_with("--follows 91")));
        assert!(wish(|options| options.likes = Some(301)).is_err_and(|error| error.starts_with("--likes 301")));
        assert!(Options::sample().plan(0).is_err_and(|error| error.to_string().contains("import")));
    }
}
