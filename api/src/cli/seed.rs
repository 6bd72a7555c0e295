use indicatif::ProgressBar;

use super::import::bar;
use crate::seed::{Options, Progress, Summary, generate};

pub(super) async fn run(postgres: &db::Postgres, options: &Options) -> anyhow::Result<()> {
    let mut stage = Stage { name: "", bar: ProgressBar::hidden() };
    let summary = generate(postgres, options, &mut |progress| stage.show(progress)).await;
    stage.bar.finish_and_clear();
    report(&summary?);
    Ok(())
}

/// What is being made at the moment.
struct Stage {
    name: &'static str,
    bar: ProgressBar,
}

impl Stage {
    fn show(&mut self, progress: Progress) {
        if self.name != progress.stage {
            self.bar.finish_and_clear();
            *self = Self { name: progress.stage, bar: bar(progress.stage, "") };
        }
        self.bar.set_length(progress.total);
        self.bar.set_position(progress.done);
    }
}

fn report(summary: &Summary) {
    let Summary { prices, people, follows, reviews, comments, likes, seconds, example } = summary;
    eprintln!(
        "generated {people} people, {follows} follows, {reviews} reviews, {comments} comments, {likes} likes and {prices} prices \
         in {seconds:.1} s"
    );
    eprintln!("          {example} follows many: `linli token {example}` prints an access token for their feed");
}
