use std::time::Duration;

/// How long to wait between two attempts: longer each time, and never as long as the neighbours, who lost Redis at the same moment.
#[derive(Debug)]
pub(crate) struct Backoff(Duration);

const SHORTEST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(2);

impl Backoff {
    pub(crate) fn new() -> Self {
        Self(SHORTEST)
    }

    pub(crate) async fn wait(&mut self) {
        tokio::time::sleep(self.0.mul_f64(0.5 + 0.5 * fastrand::f64())).await;
        self.0 = LONGEST.min(self.0 * 2);
    }
}
