use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Lets the process open as many files as it may, since each socket is one, and says so if those are too few.
pub(super) fn open_many(sockets: u32) {
    /// Connections to PostgreSQL and Redis, requests, what is listened to.
    const OTHERS: u64 = 1_000;

    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return };
    let raised = soft >= hard || setrlimit(Resource::RLIMIT_NOFILE, hard, hard).is_ok();
    let most = if raised { hard } else { soft };
    if most < u64::from(sockets) + OTHERS {
        tracing::warn!(
            "only {most} files may be open, too few for {sockets} sockets and what else there is: \
             raise the limit (ulimit -n, LimitNOFILE of systemd), or lower --max-sockets"
        );
    }
}
