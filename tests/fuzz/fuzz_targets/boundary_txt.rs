#![no_main]
//! 界址点 text.

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| redline_atlas_fuzz::read("a.txt", bytes));
