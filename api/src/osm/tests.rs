use super::*;

const SAMPLE: &[u8] = include_bytes!("../../../db/sample/helsinki.osm.pbf");

fn read(bytes: &[u8]) -> Result<Extract, Error> {
    read_bytes("a.osm.pbf", bytes, &mut |_| {})
}

fn error(bytes: &[u8]) -> String {
    read(bytes).expect_err("no extract").to_string()
}

#[test]
fn the_sample_is_full_of_places() {
    let Extract { places, summary } = read(SAMPLE).expect("the sample is sound");
    assert_eq!((summary.nodes, summary.ways, summary.relations), (24260, 5130, 620));
    assert_eq!(places.len(), 1072);
    assert_eq!(summary.unreadable_hours.len(), 10);

    let kappeli = places.iter().find(|place| place.name == "Kappeli").expect("it is in the sample");
    assert_eq!(kappeli.country_code.as_deref(), Some("FI"));
    assert_eq!(kappeli.timezone, "Europe/Helsinki");
    assert!(places.iter().any(|place| place.osm_id.starts_with("way/")));
}

#[test]
fn a_file_reads_like_its_bytes_and_tells_how_far_it_is() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../db/sample/helsinki.osm.pbf");
    let mut steps = Vec::new();
    let extract = super::read(path.as_ref(), &mut |progress| steps.push(progress)).expect("a sound file");
    assert_eq!(extract.places, read(SAMPLE).expect("the sample is sound").places);
    assert!(steps.is_sorted_by_key(|step| step.bytes));
    assert_eq!(steps.last().map(|step| step.bytes), steps.first().map(|step| step.total));
}

#[test]
fn a_file_that_is_missing_is_named() {
    let error = super::read("/nowhere/a.osm.pbf".as_ref(), &mut |_| {}).expect_err("no file").to_string();
    assert_eq!(error, "/nowhere/a.osm.pbf: cannot be read: No such file or directory (os error 2)");
}

#[test]
fn a_truncated_extract_is_refused_wherever_it_ends() {
    let header = block_size(SAMPLE);
    let second = header + block_size(&SAMPLE[header..]);
    let in_second = format!(": is cut off in block 2 at byte {header}: ");
    for end in [header + 1, header + 3, header + 4, header + 9, second - 1] {
        assert!(error(&SAMPLE[..end]).contains(&in_second), "{end}: {}", error(&SAMPLE[..end]));
    }
    for end in (1..SAMPLE.len()).step_by(9973).filter(|&end| end != second) {
        let error = error(&SAMPLE[..end]);
        assert!(error.contains("is cut off in block "), "{end}: {error}");
    }
    assert_eq!(error(&SAMPLE[..header]), "a.osm.pbf: contains no map data");
}

#[test]
fn what_is_no_extract_is_refused() {
    let no_pbf = "a.osm.pbf: is not an OpenStreetMap extract in PBF format: ";
    assert_eq!(error(b""), "a.osm.pbf: is empty");
    assert!(error(b"<?xml version=\"1.0\"?><osm/>").starts_with(no_pbf));
    assert!(error(&[0; 1000]).starts_with(no_pbf));
    assert!(error(&SAMPLE[block_size(SAMPLE)..]).starts_with(no_pbf));
}

#[test]
fn damage_is_located() {
    let header = block_size(SAMPLE);
    let mut bytes = SAMPLE.to_vec();
    bytes[header + 1000] ^= 1;
    assert!(error(&bytes).starts_with(&format!("a.osm.pbf: is damaged in block 2 at byte {header}: ")));
    let mut bytes = SAMPLE.to_vec();
    bytes.extend(SAMPLE);
    bytes.truncate(SAMPLE.len() + 2);
    assert!(error(&bytes).ends_with(": 2 more bytes should follow"));
}

#[test]
fn nonsense_within_a_block_is_an_error() {
    let with = |data: &[u8]| error(&extract("OsmSchema-V0.6", data));
    let named = [field(1, &[field(1, b""), field(1, b"name"), field(1, b"\xff")].concat())];
    assert!(with(&named.concat()).ends_with("a text that is not UTF-8"));

    let table = field(1, &[field(1, b""), field(1, b"name")].concat());
    let tags = field(10, &[1, 7, 0]);
    let dense = [field(1, &[2]), field(8, &[2]), field(9, &[2]), tags].concat();
    assert!(with(&[table, field(2, &field(2, &dense))].concat()).ends_with("a tag without text"));

    assert!(with(b"\x0a").contains("is damaged in block 2"));
    let history = error(&extract("HistoricalInformation", b""));
    assert!(history.contains("needs the feature HistoricalInformation"), "{history}");
}

#[test]
fn a_number_out_of_range_is_no_panic() {
    let most = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    let two = [most, most].concat();
    let dense = [field(1, &two), field(8, &two), field(9, &two)].concat();
    let table = field(1, &field(1, b""));
    // A release build wraps around instead, and finds no tags to make a place of.
    if let Err(error) = read(&extract("DenseNodes", &[table, field(2, &field(2, &dense))].concat())) {
        assert!(error.to_string().ends_with("a number that is out of range"));
    }
}

/// The first block's size, for a header below 128 bytes.
fn block_size(bytes: &[u8]) -> usize {
    let header = 4 + usize::from(bytes[3]);
    // The size is the header's last field, two varint bytes or three.
    let at = bytes[..header].iter().rposition(|&byte| byte == 0x18).expect("a size") + 1;
    let size = bytes[at..header].iter().rev().fold(0, |size, &byte| size << 7 | usize::from(byte & 0x7f));
    header + size
}

/// An extract of one header and one block of uncompressed data.
fn extract(feature: &str, data: &[u8]) -> Vec<u8> {
    [block("OSMHeader", &field(4, feature.as_bytes())), block("OSMData", data)].concat()
}

fn block(kind: &str, data: &[u8]) -> Vec<u8> {
    let blob = field(1, data);
    let size = u8::try_from(blob.len()).expect("a small block");
    let header = [field(1, kind.as_bytes()), vec![0x18, size | 0x80, size >> 7]].concat();
    [&u32::try_from(header.len()).expect("a small header").to_be_bytes()[..], &header, &blob].concat()
}

/// A field of bytes, as protocol buffers write it.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2, u8::try_from(bytes.len()).expect("a small field")], bytes].concat()
}
