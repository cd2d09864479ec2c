#![no_main]
//! The files of a Shapefile.

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    redline_atlas_fuzz::read("a.zip", &redline_atlas_fuzz::shapefile(bytes));
});
