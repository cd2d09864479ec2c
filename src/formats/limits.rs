//! How much a file may ask for before it is taken for broken or hostile. A sound file stays far below.
//!
//! Must not know any format.

/// Brackets in brackets, elements in elements, collections in collections. A multipolygon needs 8.
pub(super) const MAX_LEVELS: usize = 256;

/// Of a file, or of all that is unpacked from one archive together.
pub(super) const MAX_BYTES: u64 = 4 << 30;

/// Files in an archive; more are no delivery of map data.
pub(super) const MAX_MEMBERS: usize = 10_000;

/// Unpacked size to packed size; text and geometry reach 5 to 30.
pub(super) const MAX_RATIO: u64 = 200;

/// Below this unpacked size a high ratio does no harm.
pub(super) const RATIO_FREE: u64 = 16 << 20;

/// Cells of one sheet that hold something.
pub(super) const MAX_CELLS: usize = 20_000_000;
