//! Import of CSV and XLSX tables as they are delivered: every fixture is named for its defect.
