use serde_json::Value;

/// A stream of server-sent events.
pub struct Events {
    response: reqwest::Response,
    received: String,
}

impl Events {
    #[track_caller]
    pub fn of(response: reqwest::Response) -> Self {
        assert_eq!(response.status(), reqwest::StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, received: String::new() }
    }

    /// The data of the next event that is no `complete`; none if it is one.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            let block = self.block().await.expect("the stream goes on");
            match block.lines().collect::<Vec<_>>()[..] {
                [":"] => {}
                ["event: next", data] => {
                    let data = data.strip_prefix("data: ").expect("data");
                    return Some(serde_json::from_str(data).expect("JSON"));
                }
                ["event: complete", "data:"] => {
                    assert_eq!(self.block().await, None, "nothing follows");
                    return None;
                }
                _ => panic!("{block:?}"),
            }
        }
    }

    /// Waits for an end without a `complete`, before which nothing is told.
    pub async fn cut_off(mut self) {
        while let Some(block) = self.block().await {
            assert_eq!(block, ":");
        }
    }

    /// What stands before the next empty line; none at the end.
    pub async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.received.split_once("\n\n") {
                let block = block.to_owned();
                self.received = rest.to_owned();
                return Some(block);
            }
            let chunk = self.response.chunk().await.expect("no more than the end")?;
            self.received.push_str(std::str::from_utf8(&chunk).expect("text"));
        }
    }
}
