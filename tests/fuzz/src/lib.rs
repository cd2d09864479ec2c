//! What every target does with its bytes, and what must hold afterwards whatever they are.
//!
//! The targets go through [`redline_atlas::formats::read_bytes`], the door that the window and the console
//! use. Must not know the insides of any reader.

mod bundle;
mod memory;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Once, OnceLock};

pub use bundle::{parts, shapefile, workbook, zipped};
use geo::CoordsIter as _;
use redline_atlas::crs::Extent;
use redline_atlas::formats::{self, EncodingChoice, ReadError, ReadOptions, ReadReport};
use redline_atlas::jobs::Progress;
use redline_atlas::model::{FieldType, LayerKind, Value};
use redline_atlas::plan::Plan;

/// Of so many inputs one is read twice, to see that the same bytes give the same report.
const READ_TWICE: u64 = 16;

/// Read what a file of this name would hold, with all that the workspace knows about the district.
pub fn read(file: &str, bytes: &[u8]) {
    read_as(file, bytes, EncodingChoice::Auto);
}

/// As [`read`], with the user's word on the encoding.
pub fn read_as(file: &str, bytes: &[u8], encoding: EncodingChoice) {
    read_within(file, bytes, encoding, memory::BASE);
}

/// As [`read`], where a few bytes may rightly unpack to many.
pub fn read_packed(file: &str, bytes: &[u8]) {
    read_within(file, bytes, EncodingChoice::Auto, memory::UNPACKED);
}

fn read_within(file: &str, bytes: &[u8], encoding: EncodingChoice, base: usize) {
    let mut options = options().clone();
    options.encoding = encoding;
    let progress = Progress::default();
    HOOK.call_once(let_caught_panics_pass);
    let once = || formats::read_bytes(file, bytes, &options, &progress);
    let first = memory::within(base, bytes.len(), once);
    match &first {
        Ok(report) => check(report),
        Err(ReadError::UnknownEncoding { .. }) => {}
        Err(err) => assert!(err.to_string().contains(file), "no file in: {err}"),
    }
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    if hasher.finish() % READ_TWICE == 0 {
        assert_eq!(
            format!("{first:?}"),
            format!("{:?}", once()),
            "the second reading differs"
        );
    }
}

static HOOK: Once = Once::new();

/// The reader of workbooks catches what its crate panics about and says that the workbook is damaged;
/// libFuzzer would end the process before that.
fn let_caught_panics_pass() {
    let deadly = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map_or("", |place| place.file());
        if !place.contains("/calamine-") {
            memory::unlimited();
            deadly(panic);
        }
    }));
}

/// The district of the plan, as a workspace made from it has it; a red line, which all checks apply to.
fn options() -> &'static ReadOptions {
    static OPTIONS: OnceLock<ReadOptions> = OnceLock::new();
    OPTIONS.get_or_init(|| {
        let plan = Plan::load().expect("the built-in plan");
        let outline = geo::Geometry::Polygon(plan.geography.boundary.outline.clone());
        let mut options = ReadOptions::new(LayerKind::RedLine);
        options.geopackage = Some(redline_atlas::store::read_foreign);
        options.district = Extent::of_geometry(&outline);
        options.boundary = Some(outline);
        options.plan_area_km2 = Some(100.0);
        options
    })
}

fn check(report: &ReadReport) {
    let layer = &report.layer;
    assert_eq!(
        report.read,
        layer.features.len() + report.quarantined.len(),
        "a feature is lost, or there twice"
    );
    assert!(report.repaired <= layer.features.len());
    assert!(!report.crs_reason.is_empty());
    assert!(!layer.name.trim().is_empty(), "a layer without a name");
    for field in &layer.fields {
        assert!(!field.name.is_empty(), "a column without a name");
    }
    let mut before = 0;
    for feature in &layer.features {
        assert!(feature.fid > before, "two features of one number");
        before = feature.fid;
        assert_eq!(feature.values.len(), layer.fields.len());
        for (value, field) in feature.values.iter().zip(&layer.fields) {
            let fits = match value {
                Value::Null => true,
                Value::Text(_) => field.field_type == FieldType::Text,
                Value::Integer(_) => field.field_type == FieldType::Integer,
                Value::Real(_) => field.field_type == FieldType::Real,
                Value::Boolean(_) => field.field_type == FieldType::Boolean,
            };
            assert!(fits, "{value:?} in a column of {:?}", field.field_type);
        }
        let Some(geometry) = &feature.geometry else {
            assert!(feature.heights.is_none());
            continue;
        };
        for at in geometry.coords_iter() {
            assert!(
                at.x.abs() <= 180.0 && at.y.abs() <= 90.0,
                "({}, {}) is nowhere on earth",
                at.x,
                at.y
            );
        }
        if let Some(heights) = &feature.heights {
            assert_eq!(heights.len(), geometry.coords_count());
        }
    }
    for issue in &report.issues {
        assert!(!issue.message.trim().is_empty(), "{issue:?} says nothing");
        assert!(issue.feature != Some(0), "{issue:?} is nobody's");
        if let Some(at) = issue.at {
            assert!(at.lon.abs() <= 180.0 && at.lat.abs() <= 90.0, "{issue:?}");
        }
    }
    for quarantined in &report.quarantined {
        assert!(!quarantined.reason.trim().is_empty(), "{quarantined:?}");
        assert!(!quarantined.raw.is_empty(), "{quarantined:?} is lost");
    }
    assert!(layer.area_m2().is_finite());
}
