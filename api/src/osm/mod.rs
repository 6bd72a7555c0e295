//! Reading an OpenStreetMap extract (`*.osm.pbf`): the places in it that people review.
//!
//! Knows neither SQL nor GraphQL: what it hands out, all or nothing, is stored elsewhere.

mod address;
mod blocks;
mod category;
mod centre;
mod contact;
mod error;
mod kind;
mod place;
mod read;
mod tags;
#[cfg(test)]
mod tests;

pub use address::Address;
pub use error::{Error, Reason};
pub use place::Place;
pub use read::{read, read_bytes};

/// All places of an extract, and what else it held.
#[derive(Debug)]
pub struct Extract {
    pub places: Vec<Place>,
    pub summary: Summary,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub nodes: u64,
    pub ways: u64,
    pub relations: u64,
    pub skipped: Skipped,
    /// Their text stays with the place.
    pub unreadable_hours: Vec<UnreadableHours>,
    /// Left out of their places, for they are no address of a page.
    pub dropped_websites: u64,
}

/// Objects with a tag of interest that became no place, by the first reason that applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Nothing to review: benches, car parks, works of art.
    pub unmapped: u64,
    pub disused: u64,
    /// Closed to the public.
    pub private: u64,
    pub nameless: u64,
    /// Areas put together from several ways.
    pub relations: u64,
    /// Lines, not areas.
    pub open_ways: u64,
    /// Ways that leave the extract.
    pub incomplete_ways: u64,
    pub nowhere: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableHours {
    pub osm_id: String,
    pub name: String,
    pub expression: String,
    pub reason: String,
}

/// How far the reading has come: the bytes behind it, of the bytes of both its passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub bytes: u64,
    pub total: u64,
}
