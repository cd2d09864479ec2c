#![no_main]
//! Text in any encoding, named or not, in each kind of text file.

use libfuzzer_sys::fuzz_target;
use redline_atlas::formats::EncodingChoice;
use redline_atlas_fuzz::read_as;

const NAMES: [&str; 8] = [
    "utf-8", "gb18030", "gbk", "big5", "utf-16le", "utf-16be", "iso-2022-jp", "no-such-name",
];

fuzz_target!(|bytes: &[u8]| {
    let [choice, kind, text @ ..] = bytes else {
        return;
    };
    let encoding = match NAMES.get(usize::from(*choice)) {
        Some(name) => EncodingChoice::Named((*name).to_owned()),
        None => EncodingChoice::Auto,
    };
    let (file, before, after): (&str, &[u8], &[u8]) = match kind % 4 {
        0 => ("a.csv", b"name,lon,lat\n", b",103.76,29.55\n"),
        1 => (
            "a.geojson",
            br#"{"type":"Feature","geometry":{"type":"Point","coordinates":[103.76,29.55]},"properties":{"name":""#,
            br#""}}"#,
        ),
        2 => (
            "a.kml",
            b"<kml><Placemark><name>",
            b"</name><Point><coordinates>103.76,29.55</coordinates></Point></Placemark></kml>",
        ),
        _ => ("a.txt", b"", b""),
    };
    read_as(file, &[before, text, after].concat(), encoding);
});
