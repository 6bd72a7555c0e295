//! What workers do, at the moment when a test wants it.

use api::worker::{Config, Worker};

use crate::TestApp;

impl TestApp {
    /// Handles every event there is twice, as after a crash in between.
    pub async fn work_off(&self) {
        let sql = self.sql().await;
        let all = "select coalesce(json_agg(to_json(events)), '[]')::text from events where parked_at is null";
        let events: String = sql.query_one(all, &[]).await.expect("events").get(0);
        self.work_off_once().await;
        let again = "insert into events select * from json_populate_recordset(null::events, $1::text::json)";
        sql.execute(again, &[&events]).await.expect("the same events");
        self.work_off_once().await;
    }

    pub async fn work_off_once(&self) {
        let (worker, _stop) = self.worker();
        while worker.work_off().await.expect("work") > 0 {}
    }

    pub fn worker(&self) -> (Worker, api::worker::Stop) {
        Worker::new(
            self.postgres.clone(),
            self.memory.clone(),
            self.setup.telemetry.clone(),
            &Config { worker_concurrency: 4 },
        )
    }
}
