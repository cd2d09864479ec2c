#![no_main]
//! The description of a coordinate system beside a Shapefile.

use libfuzzer_sys::fuzz_target;
use redline_atlas_fuzz::{read, zipped};

/// One point in the district, in metres of zone 35.
fn point() -> Vec<u8> {
    let mut shp = Vec::new();
    for number in [9994_i32, 0, 0, 0, 0, 0, 64] {
        shp.extend(number.to_be_bytes());
    }
    for number in [1000_i32, 1] {
        shp.extend(number.to_le_bytes());
    }
    let (x, y) = (35_376_000.0_f64, 3_270_000.0_f64);
    for number in [x, y, x, y, 0.0, 0.0, 0.0, 0.0] {
        shp.extend(number.to_le_bytes());
    }
    for number in [1_i32, 10] {
        shp.extend(number.to_be_bytes());
    }
    shp.extend(1_i32.to_le_bytes());
    for number in [x, y] {
        shp.extend(number.to_le_bytes());
    }
    shp
}

fuzz_target!(|bytes: &[u8]| {
    let shp = point();
    read("a.zip", &zipped(&[("a.shp".to_owned(), &shp), ("a.prj".to_owned(), bytes)]));
});
