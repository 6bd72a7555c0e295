//! From what an extract says to what is stored, and what to tell of it.

use std::path::Path;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

use crate::osm::{self, Extract, Place, Progress};
use crate::shops::opening_times;

/// Real places of central Helsinki, © OpenStreetMap contributors, ODbL.
const SAMPLE: &[u8] = include_bytes!("../../../db/sample/helsinki.osm.pbf");

/// How many faults are shown one by one.
const SHOWN: usize = 20;

pub(super) async fn from_file(postgres: &db::Postgres, file: &Path) -> anyhow::Result<()> {
    let bar = bar("reading", "bytes");
    let extract = osm::read(file, &mut |progress: Progress| advance(&bar, progress))?;
    bar.finish_and_clear();
    store(postgres, extract).await
}

pub(super) async fn sample(postgres: &db::Postgres) -> anyhow::Result<()> {
    let extract = osm::read_bytes("the sample", SAMPLE, &mut |_| {})?;
    store(postgres, extract).await
}

async fn store(postgres: &db::Postgres, extract: Extract) -> anyhow::Result<()> {
    let mut conn = postgres.conn().await?;
    let categories = db::Category::by_slug(&mut conn).await?;
    let shops = extract.places.into_iter().map(|place| shop(place, &categories)).collect::<anyhow::Result<Vec<_>>>()?;

    let bar = bar("storing", "shops");
    bar.set_length(shops.len() as u64);
    let imported = db::ImportedShop::upsert_all(&mut conn, &shops, |done| bar.inc(done as u64)).await?;
    bar.finish_and_clear();
    drop(conn);
    opening_times::refresh(postgres).await?;

    report(&extract.summary, imported, shops.len());
    Ok(())
}

fn shop(
    place: Place,
    categories: &std::collections::HashMap<String, db::Category>,
) -> anyhow::Result<db::ImportedShop> {
    let category =
        categories.get(place.category).with_context(|| format!("the database has no category `{}`", place.category))?;
    let names = db::Names(place.names);
    let search_text =
        db::SearchText::of_shop(&place.name, &names, place.brand.as_deref(), &place.cuisines, &category.names);
    Ok(db::ImportedShop {
        osm_id: Some(place.osm_id),
        category_id: category.id,
        name: place.name,
        names,
        lat: place.lat,
        lng: place.lng,
        address: db::Address {
            line: place.address.line,
            area: place.address.area,
            city: place.address.city,
            postal_code: place.address.postal_code,
        },
        country_code: place.country_code,
        timezone: place.timezone.to_owned(),
        phone: place.phone,
        website: place.website,
        opening_hours: place.opening_hours,
        cuisines: place.cuisines,
        photos: place.photos,
        search_text,
    })
}

/// What people want to know of an import goes to the terminal, not to the log.
fn report(summary: &osm::Summary, imported: db::Imported, places: usize) {
    let osm::Summary { nodes, ways, relations, skipped, unreadable_hours, dropped_websites } = summary;
    eprintln!("read      {nodes} nodes, {ways} ways, {relations} relations");
    eprintln!("found     {places} places");
    eprintln!("imported  {} new, {} updated, {} unchanged", imported.inserted, imported.updated, imported.unchanged);
    if imported.owned > 0 {
        eprintln!("          {} left alone, since they have an owner", imported.owned);
    }
    eprintln!(
        "skipped   {} of no category, {} without a name, {} disused, {} private, {} relations, {} open ways, \
         {} incomplete ways, {} without a place",
        skipped.unmapped,
        skipped.nameless,
        skipped.disused,
        skipped.private,
        skipped.relations,
        skipped.open_ways,
        skipped.incomplete_ways,
        skipped.nowhere
    );
    if *dropped_websites > 0 {
        eprintln!("dropped   {dropped_websites} websites that are no addresses");
    }
    if !unreadable_hours.is_empty() {
        eprintln!("kept as text, since nobody can read them: {} opening hours", unreadable_hours.len());
    }
    for hours in unreadable_hours.iter().take(SHOWN) {
        eprintln!("          {} {}: `{}` {}", hours.osm_id, hours.name, hours.expression, hours.reason);
    }
    if let Some(more) = unreadable_hours.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        eprintln!("          and {more} more");
    }
}

fn advance(bar: &ProgressBar, progress: Progress) {
    bar.set_length(progress.total);
    bar.set_position(progress.bytes);
}

/// A progress bar on standard error; invisible where that is no terminal.
pub(super) fn bar(what: &'static str, unit: &'static str) -> ProgressBar {
    let template = format!("{{prefix:9}} {{wide_bar}} {{human_pos}}/{{human_len}} {unit} {{eta}}");
    let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style).with_prefix(what)
}
