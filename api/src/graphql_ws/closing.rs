/// Why a socket is closed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Closing {
    /// By the client, or by whatever is between it and us.
    Gone,
    /// The client takes nothing more, so it could not read why, either.
    Stuck,
    ServerStops,
    TooBig,
    TryAgainLater(&'static str),
    InvalidMessage(String),
    Unauthorized,
    Forbidden,
    Expired,
    InitTimeout,
    Duplicate(String),
    TooManyInits,
}

/// The reason shares 125 bytes with the code.
const MAX_REASON: usize = 123;

impl Closing {
    /// The close code, or how it ended without one.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Stuck => "stuck",
            Self::ServerStops => "1001",
            Self::TooBig => "1009",
            Self::TryAgainLater(_) => "1013",
            Self::InvalidMessage(_) => "4400",
            Self::Unauthorized => "4401",
            Self::Forbidden | Self::Expired => "4403",
            Self::InitTimeout => "4408",
            Self::Duplicate(_) => "4409",
            Self::TooManyInits => "4429",
        }
    }

    /// What the client is told; nothing if it would not hear.
    pub(super) fn frame(self) -> Option<(u16, String)> {
        let (code, mut reason) = match self {
            Self::Gone | Self::Stuck => return None,
            Self::ServerStops => (1001, "the server is stopping".into()),
            Self::TooBig => (1009, "the message is too big".into()),
            Self::TryAgainLater(reason) => (1013, reason.into()),
            Self::InvalidMessage(reason) => (4400, reason),
            Self::Unauthorized => (4401, "Unauthorized".into()),
            Self::Forbidden => (4403, "Forbidden".into()),
            Self::Expired => (4403, "the access token has expired".into()),
            Self::InitTimeout => (4408, "Connection initialisation timeout".into()),
            Self::Duplicate(id) => (4409, format!("Subscriber for {id} already exists")),
            Self::TooManyInits => (4429, "Too many initialisation requests".into()),
        };
        reason.truncate(reason.floor_char_boundary(MAX_REASON));
        Some((code, reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        let (code, reason) = Closing::Duplicate("ä".repeat(100)).frame().expect("a frame");
        assert_eq!((code, reason.len()), (4409, 123));
        assert!(reason.starts_with("Subscriber for ää"));
    }
}
