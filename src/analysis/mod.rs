//! Questions about geometry and layers, answered without files, windows or the workspace.

mod district;
mod misplaced;
pub mod overlap;
mod redline;
mod repair;
mod validate;

pub use misplaced::{OffsetSuspicion, internet_map_offset, wrong_zone};
pub use redline::{PLAN_TOLERANCE_KM2, compare_area_columns, compare_with_plan, outside_district};
pub use repair::{Repairs, repaired};
pub use validate::{Flaw, flaws, has_no_area};
