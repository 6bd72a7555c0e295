//! Two passes: the first finds places, and of those drawn as areas the corners; the second
//! locates the corners. Only what matches is kept, so a whole country fits into memory.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};
use std::path::Path;

use osmpbf::{Element, PrimitiveBlock};

use super::blocks::Blocks;
use super::centre::centre;
use super::kind::{Kind, kind};
use super::place::Place;
use super::tags::{OwnedTags, Tags};
use super::{Error, Extract, Progress, Reason, Summary};
use crate::shops::locate::Point;

/// Reads the extract at `path`, wholly or not at all.
pub fn read(path: &Path, progress: &mut dyn FnMut(Progress)) -> Result<Extract, Error> {
    File::open(path)
        .map_err(Reason::from)
        .and_then(|file| read_from(BufReader::new(file), progress))
        .map_err(|reason| Error { file: path.display().to_string(), reason })
}

/// Reads an extract in memory; `name` is what errors call it.
pub fn read_bytes(name: &str, bytes: &[u8], progress: &mut dyn FnMut(Progress)) -> Result<Extract, Error> {
    read_from(Cursor::new(bytes), progress).map_err(|reason| Error { file: name.to_owned(), reason })
}

fn read_from(source: impl Read + Seek, progress: &mut dyn FnMut(Progress)) -> Result<Extract, Reason> {
    let mut blocks = Blocks::find(source)?;
    let size = blocks.size();
    let mut reading = Reading::default();

    let mut with_nodes = Vec::new();
    for index in 0..blocks.len() {
        let nodes_before = reading.summary.nodes;
        blocks.visit(index, |block| reading.find(block))?;
        if reading.summary.nodes > nodes_before {
            with_nodes.push(index);
        }
        progress(Progress { bytes: blocks.end_of(index), total: 2 * size });
    }
    for index in with_nodes {
        blocks.visit(index, |block| reading.locate(block))?;
        progress(Progress { bytes: size + blocks.end_of(index), total: 2 * size });
    }
    progress(Progress { bytes: 2 * size, total: 2 * size });
    Ok(reading.finish())
}

#[derive(Default)]
struct Reading {
    places: Vec<Place>,
    areas: Vec<Area>,
    /// The corners of the areas; none until the second pass meets them.
    corners: HashMap<i64, Option<Point>>,
    summary: Summary,
}

/// A closed way that is a place, not yet located.
struct Area {
    id: i64,
    category: &'static str,
    tags: OwnedTags,
    corners: Vec<i64>,
}

impl Reading {
    fn find(&mut self, block: &PrimitiveBlock) -> Result<(), &'static str> {
        for element in block.elements() {
            match element {
                Element::Node(node) => {
                    self.summary.nodes += 1;
                    let at = Point::of_nano(node.nano_lat(), node.nano_lon());
                    self.find_node(node.id(), at, &decoded(node.tags())?);
                }
                Element::DenseNode(node) => {
                    self.summary.nodes += 1;
                    let at = Point::of_nano(node.nano_lat(), node.nano_lon());
                    self.find_node(node.id(), at, &decoded(node.tags())?);
                }
                Element::Way(way) => {
                    self.summary.ways += 1;
                    let tags = decoded(way.tags())?;
                    if let Some(category) = self.category(&tags) {
                        self.find_area(way.id(), category, &tags, way.refs().collect());
                    }
                }
                Element::Relation(relation) => {
                    self.summary.relations += 1;
                    if self.category(&decoded(relation.tags())?).is_some() {
                        self.summary.skipped.relations += 1;
                    }
                }
            }
        }
        Ok(())
    }

    fn find_node(&mut self, id: i64, at: Point, tags: &Tags<'_>) {
        if let Some(category) = self.category(tags) {
            self.add(format!("node/{id}"), category, Some(at), tags);
        }
    }

    fn find_area(&mut self, id: i64, category: &'static str, tags: &Tags<'_>, corners: Vec<i64>) {
        if corners.len() < 4 || corners.first() != corners.last() {
            self.summary.skipped.open_ways += 1;
            return;
        }
        self.corners.extend(corners.iter().map(|&corner| (corner, None)));
        self.areas.push(Area { id, category, tags: tags.to_owned(), corners });
    }

    /// The category of what is a place by its tags; what is none is counted with the reason.
    fn category(&mut self, tags: &Tags<'_>) -> Option<&'static str> {
        let skipped = &mut self.summary.skipped;
        let reason = match kind(tags) {
            Kind::Other => return None,
            Kind::Unmapped => &mut skipped.unmapped,
            Kind::Place(_) if tags.is_set("disused") || tags.is_set("abandoned") => &mut skipped.disused,
            Kind::Place(_) if matches!(tags.get("access"), Some("private" | "no")) => &mut skipped.private,
            Kind::Place(_) if tags.text(&["name"]).is_none() => &mut skipped.nameless,
            Kind::Place(category) => return Some(category),
        };
        *reason += 1;
        None
    }

    fn locate(&mut self, block: &PrimitiveBlock) -> Result<(), &'static str> {
        for element in block.elements() {
            let (id, at) = match element {
                Element::Node(node) => (node.id(), Point::of_nano(node.nano_lat(), node.nano_lon())),
                Element::DenseNode(node) => (node.id(), Point::of_nano(node.nano_lat(), node.nano_lon())),
                Element::Way(_) | Element::Relation(_) => continue,
            };
            if let Some(corner) = self.corners.get_mut(&id) {
                *corner = Some(at);
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Extract {
        for area in std::mem::take(&mut self.areas) {
            let corners: Option<Vec<Point>> =
                area.corners.iter().map(|id| self.corners.get(id).copied().flatten()).collect();
            let Some(corners) = corners else {
                self.summary.skipped.incomplete_ways += 1;
                continue;
            };
            let tags = Tags::new(area.tags.iter().map(|(key, value)| (&**key, &**value)));
            self.add(format!("way/{}", area.id), area.category, centre(&corners), &tags);
        }
        Extract { places: self.places, summary: self.summary }
    }

    fn add(&mut self, osm_id: String, category: &'static str, at: Option<Point>, tags: &Tags<'_>) {
        match at.filter(Point::is_on_earth) {
            None => self.summary.skipped.nowhere += 1,
            Some(at) => self.places.extend(Place::new(osm_id, category, at, tags, &mut self.summary)),
        }
    }
}

fn decoded<'a>(tags: impl ExactSizeIterator<Item = (&'a str, &'a str)>) -> Result<Tags<'a>, &'static str> {
    let stored = tags.len();
    let tags = Tags::new(tags);
    // The iterator stops early at an index without a text, and says nothing.
    if tags.len() == stored { Ok(tags) } else { Err("a tag without text") }
}
