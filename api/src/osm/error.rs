//! Why an extract could not be read.

/// Names the file, what is wrong with it, and where.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {reason}")]
pub struct Error {
    pub file: String,
    pub reason: Reason,
}

#[derive(Debug, thiserror::Error)]
pub enum Reason {
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),

    #[error("is empty")]
    Empty,

    #[error("is not an OpenStreetMap extract in PBF format: {0}")]
    NotPbf(String),

    #[error("needs {0}, which this reader does not know")]
    Unsupported(String),

    /// Blocks count from 1, offsets from 0 and point to the start of the block.
    #[error("is cut off in block {block} at byte {offset}: {missing} more bytes should follow")]
    CutOff { block: usize, offset: u64, missing: u64 },

    #[error("is damaged in block {block} at byte {offset}: {what}")]
    Damaged { block: usize, offset: u64, what: String },

    #[error("contains no map data")]
    NoData,
}
