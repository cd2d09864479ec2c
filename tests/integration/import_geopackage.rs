//! Import of `GeoPackage`s as they are delivered: every fixture is named for its defect.
