//! The blocks of a PBF file, found and measured before any of them is believed.
//!
//! `osmpbf` takes a file that ends within the four bytes of a block's length for complete, follows a
//! negative size backwards, and stops at a tag it cannot decode. So we frame the blocks ourselves,
//! and leave it what is inside.

use std::io::{Cursor, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

use osmpbf::{BlobDecode, BlobReader, BlobType, MAX_BLOB_HEADER_SIZE, MAX_BLOB_MESSAGE_SIZE};
use osmpbf::{HeaderBlock, PrimitiveBlock};

use super::error::Reason;

const LENGTH: u64 = 4;

/// What a file may demand of its reader. Not here: `HistoricalInformation`, several versions of
/// everything, deleted ones too.
const FEATURES: &[&str] = &["OsmSchema-V0.6", "DenseNodes"];

pub(super) struct Blocks<R> {
    source: R,
    blocks: Vec<Block>,
    size: u64,
}

#[derive(Clone, Copy)]
struct Block {
    offset: u64,
    size: u64,
    is_data: bool,
}

impl<R: Read + Seek> Blocks<R> {
    /// Walks from block to block up to the very end of the source.
    pub(super) fn find(mut source: R) -> Result<Self, Reason> {
        let size = source.seek(SeekFrom::End(0))?;
        if size == 0 {
            return Err(Reason::Empty);
        }
        let mut found = Self { source, blocks: Vec::new(), size };
        let mut offset = 0;
        while offset < size {
            let block = found.block_at(offset)?;
            offset += block.size;
            found.blocks.push(block);
        }
        found.check_header()?;
        if !found.blocks.iter().any(|block| block.is_data) {
            return Err(Reason::NoData);
        }
        Ok(found)
    }

    pub(super) fn len(&self) -> usize {
        self.blocks.len()
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The byte after the block.
    pub(super) fn end_of(&self, index: usize) -> u64 {
        self.blocks[index].offset + self.blocks[index].size
    }

    /// Calls `visit` with the data of a block; blocks of other kinds are passed over.
    pub(super) fn visit(
        &mut self,
        index: usize,
        visit: impl FnOnce(&PrimitiveBlock) -> Result<(), &'static str>,
    ) -> Result<(), Reason> {
        if !self.blocks[index].is_data {
            return Ok(());
        }
        let Decoded::Data(data) = self.decode(index)? else {
            return Ok(());
        };
        if data.raw_stringtable().iter().any(|text| std::str::from_utf8(text).is_err()) {
            return Err(self.damaged(index, "a text that is not UTF-8"));
        }
        // `osmpbf` adds up deltas and multiplies coordinates unchecked: nonsense overflows, and in a
        // debug build that panics. Whoever gets the error throws away what was half visited.
        catch_unwind(AssertUnwindSafe(|| visit(&data)))
            .unwrap_or(Err("a number that is out of range"))
            .map_err(|what| self.damaged(index, what))
    }

    fn block_at(&mut self, offset: u64) -> Result<Block, Reason> {
        let block = self.blocks.len() + 1;
        let cut_off = |end: u64, size| Reason::CutOff { block, offset, missing: end - size };
        let refused = |what: String| match block {
            1 => Reason::NotPbf(what),
            _ => Reason::Damaged { block, offset, what },
        };

        let start = offset + LENGTH;
        if start > self.size {
            return Err(cut_off(start, self.size));
        }
        let mut length = [0; LENGTH as usize];
        self.source.seek(SeekFrom::Start(offset))?;
        self.source.read_exact(&mut length)?;
        let header_size = u64::from(u32::from_be_bytes(length));
        if header_size == 0 || header_size >= MAX_BLOB_HEADER_SIZE {
            return Err(refused(format!("a block header of {header_size} bytes")));
        }
        if start + header_size > self.size {
            return Err(cut_off(start + header_size, self.size));
        }

        let mut framed = length.to_vec();
        self.source.by_ref().take(header_size).read_to_end(&mut framed)?;
        let (header, _) = BlobReader::new(Cursor::new(framed))
            .next_header_skip_blob()
            .unwrap_or_else(|| Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into()))
            .map_err(|error| refused(error.to_string()))?;
        let blob_size = u64::try_from(header.get_blob_size())
            .ok()
            .filter(|&size| size <= MAX_BLOB_MESSAGE_SIZE)
            .ok_or_else(|| refused(format!("a block of {} bytes", header.get_blob_size())))?;
        if block == 1 && header.blob_type() != BlobType::OsmHeader {
            return Err(refused("it does not begin with a header block".into()));
        }
        let end = start + header_size + blob_size;
        if end > self.size {
            return Err(cut_off(end, self.size));
        }
        let is_data = header.blob_type() == BlobType::OsmData;
        Ok(Block { offset, size: end - offset, is_data })
    }

    fn check_header(&mut self) -> Result<(), Reason> {
        let Decoded::Header(header) = self.decode(0)? else {
            return Ok(());
        };
        let unknown = header.required_features().iter().find(|name| !FEATURES.contains(&name.as_str()));
        unknown.map_or(Ok(()), |name| Err(Reason::Unsupported(format!("the feature {}", name.escape_debug()))))
    }

    fn decode(&mut self, index: usize) -> Result<Decoded, Reason> {
        let Block { offset, size, .. } = self.blocks[index];
        let mut framed = Vec::new();
        self.source.seek(SeekFrom::Start(offset))?;
        self.source.by_ref().take(size).read_to_end(&mut framed)?;
        let blob = BlobReader::new(framed.as_slice())
            .next()
            .ok_or_else(|| self.damaged(index, "it changed while it was read"))?
            .map_err(|error| self.damaged(index, error))?;
        match blob.decode().map_err(|error| self.damaged(index, error))? {
            BlobDecode::OsmHeader(header) => Ok(Decoded::Header(header)),
            BlobDecode::OsmData(data) => Ok(Decoded::Data(data)),
            BlobDecode::Unknown(_) => Ok(Decoded::Unknown),
        }
    }

    fn damaged(&self, index: usize, what: impl ToString) -> Reason {
        let offset = self.blocks[index].offset;
        Reason::Damaged { block: index + 1, offset, what: what.to_string() }
    }
}

enum Decoded {
    Header(Box<HeaderBlock>),
    Data(PrimitiveBlock),
    Unknown,
}
