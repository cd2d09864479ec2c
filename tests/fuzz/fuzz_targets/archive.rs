#![no_main]
//! Zip archives and KMZ as they come.

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| redline_atlas_fuzz::read_packed("a.zip", bytes));
