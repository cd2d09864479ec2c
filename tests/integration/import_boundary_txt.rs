//! Import of 界址点 text as they are delivered: every fixture is named for its defect.
