//! Reads one built-in CSV or TOML file into plain rows. Knows nothing of what they mean.

use serde::de::DeserializeOwned;

use super::PlanError;

/// The rows below the header, each read by column name.
pub(super) fn rows<Row: DeserializeOwned>(
    file: &'static str,
    text: &str,
) -> Result<Vec<Row>, PlanError> {
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(|err| PlanError::Unreadable {
            file,
            reason: err.to_string(),
        })
}

/// A whole TOML document.
pub(super) fn document<Doc: DeserializeOwned>(
    file: &'static str,
    text: &str,
) -> Result<Doc, PlanError> {
    toml::from_str(text).map_err(|err| PlanError::Unreadable {
        file,
        reason: err.to_string(),
    })
}

/// The parts of a `;`-joined cell.
pub(super) fn split_list(cell: &str) -> Vec<String> {
    cell.split(';')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}
