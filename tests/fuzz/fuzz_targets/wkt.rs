#![no_main]
//! Geometry as text, in the cell of a table.

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut table = b"name,wkt\nA,\"".to_vec();
    for &byte in bytes {
        // A quotation mark in a quoted cell stands twice.
        table.extend(if byte == b'"' { &b"\"\""[..] } else { std::slice::from_ref(&byte) });
    }
    table.extend(b"\"\n");
    redline_atlas_fuzz::read("a.csv", &table);
});
