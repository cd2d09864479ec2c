#![no_main]
//! DXF.

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| redline_atlas_fuzz::read("a.dxf", bytes));
