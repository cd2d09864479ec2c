//! Names of tables and columns: quoted for SQL, and unique the way SQLite compares them.

use std::collections::BTreeSet;

/// Columns that every layer's table has already.
const TAKEN: [&str; 2] = ["fid", "geom"];

/// A name as SQL wants it: `"a""b"`. SQL ends at a NUL, which no name needs.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\0', "").replace('"', "\"\""))
}

/// `, "a", "b"`: columns behind the two that every layer has.
pub(super) fn further<'a>(columns: impl Iterator<Item = &'a str>) -> String {
    columns.fold(String::new(), |list, column| list + ", " + &quoted(column))
}

/// A column name for each field, in order: the field's own name where the table can have it, else
/// with a number behind it. SQLite takes `MJ` and `mj` for the same column.
pub(super) fn columns<'a>(fields: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut taken: BTreeSet<String> = TAKEN.iter().map(|name| (*name).to_owned()).collect();
    fields
        .into_iter()
        .map(|field| {
            let wanted = field.replace('\0', "");
            let wanted = if wanted.trim().is_empty() {
                "field".to_owned()
            } else {
                wanted
            };
            unique(&wanted, "_", |name| taken.insert(name.to_lowercase()))
        })
        .collect()
}

/// `wanted`, or `wanted` with the first number behind it that `take` accepts.
pub(super) fn unique(wanted: &str, separator: &str, mut take: impl FnMut(&str) -> bool) -> String {
    if take(wanted) {
        return wanted.to_owned();
    }
    let mut number = 2_u64;
    loop {
        let name = format!("{wanted}{separator}{number}");
        if take(&name) {
            return name;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clashing_empty_and_reserved_columns_get_a_number() {
        assert_eq!(
            columns(["MJ", "mj", "FID", "geom", "", "  ", "MJ_2", "面积", "MJ"]),
            [
                "MJ", "mj_2", "FID_2", "geom_2", "field", "field_2", "MJ_2_2", "面积", "MJ_3"
            ]
        );
    }

    #[test]
    fn quotes_inside_a_name_cannot_end_it() {
        assert_eq!(
            quoted("a\"; DROP TABLE x; --"),
            "\"a\"\"; DROP TABLE x; --\""
        );
    }
}
