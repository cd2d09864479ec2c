//! Import of Shapefiles as they are delivered: every fixture is named for its defect.
