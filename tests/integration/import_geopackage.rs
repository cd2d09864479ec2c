//! Import of GeoPackages as they are delivered: every fixture is named for its defect.
