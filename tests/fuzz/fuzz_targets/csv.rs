#![no_main]
//! Tables as text.

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| redline_atlas_fuzz::read("a.csv", bytes));
