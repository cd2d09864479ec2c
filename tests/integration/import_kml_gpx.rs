//! Import of KML, KMZ and GPX as they are delivered: every fixture is named for its defect.
