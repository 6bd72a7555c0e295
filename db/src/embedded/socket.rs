//! Where the server listens: a Unix socket, in a folder that only we and the server may enter.
//! There is no password, because there is nobody to keep out.

use std::path::{Path, PathBuf};

use super::Result;
use super::home::{Home, short_hash};

/// What fits into `sockaddr_un`, its final zero not counted.
const LONGEST: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

pub(super) fn folder(home: &Home) -> Result<PathBuf> {
    let mut dir = home.dir.join("run");
    if !fits(&dir) {
        // Not `TMPDIR`, which may be long, or closed to the server's account.
        dir = Path::new("/tmp").join(format!("linli-{}", short_hash(&home.dir)));
    }
    home.private(&dir)?;
    Ok(dir)
}

pub(super) fn url(folder: &Path) -> String {
    // `fits` left nothing that would need to be escaped.
    format!("postgres://linli@/linli?host={}", folder.display())
}

/// Whether the path is short enough, and plain: both the setting and the URL would take a comma
/// for the end of it.
fn fits(dir: &Path) -> bool {
    let path = dir.as_os_str().as_encoded_bytes();
    path.len() + "/.s.PGSQL.5432".len() <= LONGEST
        && path.iter().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(byte))
}
