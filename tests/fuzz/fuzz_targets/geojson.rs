#![no_main]
//! GeoJSON, in lines and in sequences too.

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| redline_atlas_fuzz::read("a.geojson", bytes));
