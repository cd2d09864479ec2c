//! What the user decided for one file, applied to the next one like it, and said so.
//!
//! Files are alike when their names differ in digits only, and format and columns are the same; for the
//! meaning of columns the name does not matter. Deliberately absent: how decisions are stored.

use std::path::Path;

use crate::document::{Document, DocumentError};
use crate::formats::{self, CrsChoice, ReadError, ReadOptions, ReadReport};
use crate::jobs::Progress;
use crate::model::FieldRoles;
use crate::store::{Decision, Subject};

/// All that was decided so far; goes into the job that reads.
#[derive(Clone, Debug, Default)]
pub struct Memory(Vec<Decision>);

/// A file that was read, and what of it comes from an earlier decision.
#[derive(Debug)]
pub struct Reading {
    pub report: ReadReport,
    /// The coordinate system is the one chosen last time; the report's reason says so.
    pub recalled_crs: bool,
    /// The meaning of the columns is that of last time.
    pub recalled_roles: bool,
}

pub fn memory(document: &Document) -> Result<Memory, DocumentError> {
    document.decisions().map(Memory)
}

/// Read a file, with what was decided for files like it. A choice in the options comes first.
pub fn read_file(
    path: &Path,
    options: &ReadOptions,
    memory: &Memory,
    progress: &Progress,
) -> Result<Reading, ReadError> {
    let mut options = options.clone();
    let pattern = pattern(path);
    let expected = (options.crs == CrsChoice::Auto)
        .then(|| memory.crs_of_pattern(&pattern))
        .flatten();
    let mut recalled_crs = false;
    let mut report = if let Some((crs, wanted)) = expected {
        // The name says that this is one of them; the columns have to agree.
        options.crs = crs;
        let report = formats::read_file(path, &options, progress)?;
        if wanted.format == report.format && wanted.fields == fields(&report) {
            recalled_crs = true;
            report
        } else {
            options.crs = CrsChoice::Auto;
            formats::read_file(path, &options, progress)?
        }
    } else {
        formats::read_file(path, &options, progress)?
    };
    if recalled_crs {
        report.crs_reason = format!("按上次的选择，同类文件（{pattern}）作为 {}", options.crs);
    }
    let mut recalled_roles = false;
    if options.roles == FieldRoles::default()
        && let Some(roles) = memory.roles_of(&report)
    {
        formats::apply_roles(&mut report, roles);
        recalled_roles = true;
    }
    Ok(Reading {
        report,
        recalled_crs,
        recalled_roles,
    })
}

/// Remember what the user chose for a file that is being imported.
pub fn remember(
    document: &mut Document,
    path: &Path,
    report: &ReadReport,
    crs: CrsChoice,
    roles: &FieldRoles,
) -> Result<(), DocumentError> {
    if crs != CrsChoice::Auto {
        document.remember(&Decision {
            subject: Subject::Crs,
            pattern: pattern(path),
            format: report.format.to_owned(),
            fields: fields(report),
            value: crs.to_string(),
        })?;
    }
    if *roles != FieldRoles::default()
        && let Ok(value) = serde_json::to_string(roles)
    {
        document.remember(&Decision {
            subject: Subject::Roles,
            pattern: String::new(),
            format: String::new(),
            fields: fields(report),
            value,
        })?;
    }
    Ok(())
}

impl Memory {
    fn crs_of_pattern(&self, pattern: &str) -> Option<(CrsChoice, &Decision)> {
        (self.0.iter())
            .filter(|one| one.subject == Subject::Crs && one.pattern == pattern)
            .find_map(|one| Some((CrsChoice::parse(&one.value)?, one)))
    }

    fn roles_of(&self, report: &ReadReport) -> Option<FieldRoles> {
        let fields = fields(report);
        (self.0.iter())
            .find(|one| one.subject == Subject::Roles && one.fields == fields)
            .and_then(|one| serde_json::from_str(&one.value).ok())
    }
}

/// The file's name with its numbers and dates as `*`, in lower case: `红线_2024-03.shp` is `红线_*.shp`.
fn pattern(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut pattern = String::new();
    // What stands between digits is part of a date: 2024-03-01, 2024年3月.
    let mut pending = String::new();
    for letter in name.to_lowercase().chars() {
        if letter.is_numeric() {
            pending.clear();
            if !pattern.ends_with('*') {
                pattern.push('*');
            }
        } else if pattern.ends_with('*') && pending.is_empty() && "-_.年月日".contains(letter) {
            pending.push(letter);
        } else {
            pattern.push_str(&pending);
            pending.clear();
            pattern.push(letter);
        }
    }
    pattern.push_str(&pending);
    pattern
}

/// The set of columns, whatever their order.
fn fields(report: &ReadReport) -> String {
    let mut names: Vec<&str> = (report.layer.fields.iter())
        .map(|field| field.name.as_str())
        .collect();
    names.sort_unstable();
    names.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_dates_in_a_name_do_not_matter() {
        for (name, expected) in [
            ("红线_2024-03-01.shp", "红线_*.shp"),
            ("红线_2025.SHP", "红线_*.shp"),
            ("第3批2024年5月1日.zip", "第*批*日.zip"),
            ("redline.geojson", "redline.geojson"),
        ] {
            assert_eq!(pattern(Path::new(name)), expected);
        }
    }
}
