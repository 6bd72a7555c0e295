//! The folder of everything, and whom its server runs as.

use std::fs::{self, DirBuilder, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;

use super::account::Account;
use super::{EmbeddedError, Result};

/// Where data goes when root asked for a folder that the server's account cannot reach.
const REFUGE: &str = "/var/lib/linli";

/// Others may pass through, to reach what is theirs, but not look around.
const PASSABLE: u32 = 0o711;
const PRIVATE: u32 = 0o700;

#[derive(Debug)]
pub(super) struct Home {
    /// Absolute and free of symbolic links. It stays ours, so that what root does in it cannot be
    /// led astray by links that the server's account made.
    pub(super) dir: PathBuf,
    pub(super) account: Account,
}

impl Home {
    pub(super) async fn settle(asked: &Path) -> Result<Self> {
        let account = Account::for_new_data()?;
        let mode = if matches!(account, Account::Ourselves) { PRIVATE } else { PASSABLE };
        create(asked, mode)?;
        let dir = fs::canonicalize(asked).map_err(EmbeddedError::io("find", asked))?;

        if has_data(&dir) {
            let account = Account::owner_of(&dir.join("postgres"))?;
            return Self { dir, account }.reachable().await;
        }
        let refuge = Path::new(REFUGE).join(short_hash(&dir));
        if matches!(account, Account::Ourselves) || (!has_data(&refuge) && account.reaches(&dir).await) {
            return Ok(Self { dir, account });
        }

        create(Path::new(REFUGE), PASSABLE)?;
        create(&refuge, PASSABLE)?;
        tracing::warn!(
            asked = %dir.display(),
            used = %refuge.display(),
            account = account.name(),
            "the account that runs PostgreSQL cannot reach the data directory: another is used",
        );
        Self { dir: refuge, account }.reachable().await
    }

    /// Where the data is, once it is made.
    pub(super) fn data(&self) -> PathBuf {
        self.dir.join("postgres")
    }

    /// Makes sure of a folder that only we and the server's account may enter.
    pub(super) fn private(&self, dir: &Path) -> Result<()> {
        let trouble = EmbeddedError::io("prepare", dir);
        match DirBuilder::new().mode(PRIVATE).create(dir) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(trouble(error)),
            _ => {}
        }
        let prepare = || {
            // In /tmp anybody may have been quicker than we.
            let found = fs::symlink_metadata(dir)?;
            if found.is_dir() && found.uid() == geteuid().as_raw() {
                fs::set_permissions(dir, Permissions::from_mode(PRIVATE))?;
                self.account.own(dir)?;
                return Ok(true);
            }
            Ok(found.is_dir() && found.uid() == self.account.uid() && found.mode() & 0o077 == 0)
        };
        match prepare().map_err(trouble)? {
            true => Ok(()),
            false => Err(EmbeddedError::NotPrivate { dir: dir.to_owned() }),
        }
    }

    async fn reachable(self) -> Result<Self> {
        if self.account.reaches(&self.dir).await {
            return Ok(self);
        }
        Err(EmbeddedError::Unreachable { account: self.account.name().into(), dir: self.dir })
    }
}

fn has_data(home: &Path) -> bool {
    home.join("postgres/PG_VERSION").exists()
}

/// What exists keeps its mode: it may be somebody's home.
fn create(dir: &Path, mode: u32) -> Result<()> {
    let trouble = EmbeddedError::io("create", dir);
    let create = || {
        if let Some(parent) = dir.parent() {
            fs::create_dir_all(parent)?;
        }
        match fs::create_dir(dir) {
            Ok(()) => fs::set_permissions(dir, Permissions::from_mode(mode)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error),
        }
    };
    create().map_err(trouble)
}

/// FNV-1a: `std`'s hasher may change with the compiler, and the name must not.
pub(super) fn short_hash(path: &Path) -> String {
    let hash = path
        .as_os_str()
        .as_encoded_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    format!("{hash:016x}")
}
