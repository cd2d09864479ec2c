#![no_main]
//! Workbooks: as they come, and with the sheets in the clear.

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if bytes.starts_with(b"PK") {
        redline_atlas_fuzz::read_packed("a.xlsx", bytes);
    } else {
        redline_atlas_fuzz::read("a.xlsx", &redline_atlas_fuzz::workbook(bytes));
    }
});
