//! Where the records of a `.shp` begin and end, whatever its header, its index and its lengths claim.
//!
//! Must not know attributes, nor what a shape looks like beyond how long it must be.

use std::ops::Range;

use super::geometry::possible_lengths;
use crate::jobs::{Cancelled, Progress};

/// The file's own header, and that of the index.
const HEADER: usize = 100;
const RECORD_HEADER: usize = 8;
const MAGIC: [u8; 4] = [0, 0, 0x27, 0x0a];

/// One record's content.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) content: Range<usize>,
    pub(super) state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Whole,
    /// Its length was wrong; what it holds says how long it is.
    Mended,
    /// Its length and what it holds contradict each other.
    Broken,
    /// The file ends within it.
    Cut,
}

#[derive(Debug, Default)]
pub(super) struct Records {
    pub(super) list: Vec<Record>,
    /// The file ends before its header says.
    pub(super) cut: bool,
    /// So many bytes that are no record follow the last one.
    pub(super) junk: usize,
    /// How many records the index lists.
    pub(super) indexed: Option<usize>,
    /// The index does not describe this file and was not used.
    pub(super) index_contradicts: bool,
}

impl Records {
    fn push(&mut self, content: Range<usize>, state: State) {
        self.list.push(Record { content, state });
    }
}

/// `None`: not a Shapefile at all.
pub(super) fn find(
    bytes: &[u8],
    index: Option<&[u8]>,
    progress: &Progress,
) -> Result<Option<Records>, Cancelled> {
    let damaged_header = !bytes.starts_with(&MAGIC);
    if bytes.len() < HEADER || (damaged_header && !is_record(bytes, HEADER)) {
        return Ok(None);
    }
    let declared_end = words(bytes, 24).unwrap_or(bytes.len());
    let mut records = match index.map(|index| Index::read(index, bytes)) {
        Some(Index::Reorders(list)) => {
            let indexed = Some(list.len());
            let cut = list.iter().any(|record| record.state == State::Cut);
            return Ok(Some(Records {
                list,
                cut,
                indexed,
                ..Records::default()
            }));
        }
        Some(Index::InOrder(count)) => Records {
            indexed: Some(count),
            ..Records::default()
        },
        Some(Index::Contradicts) => Records {
            index_contradicts: true,
            ..Records::default()
        },
        None => Records::default(),
    };
    walk(bytes, declared_end, &mut records, progress)?;
    Ok(Some(records))
}

/// Record by record from the start.
fn walk(
    bytes: &[u8],
    declared_end: usize,
    records: &mut Records,
    progress: &Progress,
) -> Result<(), Cancelled> {
    let mut at = HEADER;
    while at < bytes.len() {
        // Finding the records is quick; reading them follows.
        progress.step(0, bytes.len())?;
        let rest = bytes.get(at..).unwrap_or_default();
        if at >= declared_end && !is_record(bytes, at) {
            records.junk = rest.len();
            return Ok(());
        }
        // Space that was reserved and never written.
        if rest.iter().all(|byte| *byte == 0) {
            break;
        }
        let start = at + RECORD_HEADER;
        let Some(content) = bytes.get(start..) else {
            records.push(bytes.len()..bytes.len(), State::Cut);
            break;
        };
        let (length, state) = measure(bytes, at, content);
        let length = length.unwrap_or(content.len());
        records.push(start..start + length, state);
        at = start + length;
    }
    records.cut = at < declared_end || records.list.last().is_some_and(|r| r.state == State::Cut);
    Ok(())
}

/// How long the record at `at` is; `None`: all the rest of the file.
fn measure(bytes: &[u8], at: usize, content: &[u8]) -> (Option<usize>, State) {
    let start = at + RECORD_HEADER;
    let declared = words(bytes, at + 4).unwrap_or(usize::MAX);
    let possible = possible_lengths(content);
    if declared <= content.len() && possible.contains(&Some(declared)) {
        return (Some(declared), State::Whole);
    }
    let next_to = |length: usize| is_record(bytes, start.saturating_add(length));
    let ends_file = |length: usize| start.checked_add(length) == Some(bytes.len());
    let follows = |length: usize| next_to(length) || ends_file(length);
    let own = || possible.into_iter().flatten();
    // A length that takes in the next record too ends where a record starts, or the file ends.
    if let Some(length) = own().find(|length| next_to(*length)) {
        return (Some(length), State::Mended);
    }
    let least = own().min();
    if least.is_some_and(|least| least <= declared) && follows(declared) {
        // Something is appended that does no harm.
        return (Some(declared), State::Whole);
    }
    if let Some(length) = own().find(|length| ends_file(*length)) {
        return (Some(length), State::Mended);
    }
    if follows(declared) {
        return (Some(declared), State::Broken);
    }
    if let Some(next) = next_record(bytes, at) {
        return (Some(next - start), State::Broken);
    }
    let wanted = least.map_or(declared, |least| least.min(declared));
    let state = if wanted > content.len() {
        State::Cut
    } else {
        State::Broken
    };
    (None, state)
}

/// A record whose length is one that what it holds can have.
fn is_record(bytes: &[u8], at: usize) -> bool {
    let Some(content) = bytes.get(at.saturating_add(RECORD_HEADER)..) else {
        return false;
    };
    words(bytes, at + 4).is_some_and(|len| possible_lengths(content).contains(&Some(len)))
}

/// The next place that looks like the record after the one at `at`.
fn next_record(bytes: &[u8], at: usize) -> Option<usize> {
    let number = big_endian(bytes, at)?.checked_add(1)?;
    let wanted = number.to_be_bytes();
    let from = at + RECORD_HEADER;
    (from..bytes.len().saturating_sub(RECORD_HEADER))
        .step_by(2)
        .find(|&place| bytes.get(place..place + 4) == Some(&wanted) && is_record(bytes, place))
}

enum Index {
    /// The records follow each other as they stand in the file.
    InOrder(usize),
    /// They stand in another order, or with gaps: some programs append a changed record at the end.
    Reorders(Vec<Record>),
    Contradicts,
}

impl Index {
    fn read(index: &[u8], bytes: &[u8]) -> Self {
        let Some(entries) = index.get(HEADER..).filter(|_| index.starts_with(&MAGIC)) else {
            return Self::Contradicts;
        };
        let mut list = Vec::new();
        let mut in_order = true;
        let mut expected = HEADER;
        let mut total = 0_usize;
        for entry in entries.chunks_exact(RECORD_HEADER) {
            let (Some(at), Some(length)) = (words(entry, 0), words(entry, 4)) else {
                return Self::Contradicts;
            };
            let start = at.saturating_add(RECORD_HEADER);
            let end = start.saturating_add(length);
            let state = if end > bytes.len() {
                State::Cut
            } else if at >= HEADER && words(bytes, at + 4) == Some(length) {
                State::Whole
            } else {
                return Self::Contradicts;
            };
            // The same record again and again would make a small file an enormous one.
            let content = start.min(bytes.len())..end.min(bytes.len());
            total += content.len();
            if total > bytes.len() {
                return Self::Contradicts;
            }
            in_order &= at == expected;
            expected = end;
            list.push(Record { content, state });
        }
        match (in_order, list.is_empty() && bytes.len() > HEADER) {
            (_, true) => Self::Contradicts,
            (true, _) => Self::InOrder(list.len()),
            (false, _) => Self::Reorders(list),
        }
    }
}

fn big_endian(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(word.try_into().ok()?))
}

/// A length or place, which is counted in 16-bit words, in bytes.
fn words(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(big_endian(bytes, at)?).ok()?.checked_mul(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(records: &[(u32, u32)]) -> Vec<u8> {
        let mut bytes = vec![0; HEADER];
        bytes[..4].copy_from_slice(&MAGIC);
        for (number, length_words) in records {
            bytes.extend(number.to_be_bytes());
            bytes.extend(length_words.to_be_bytes());
            bytes.extend(1_u32.to_le_bytes());
            bytes.extend([f64::from(*number), 2.0].map(f64::to_le_bytes).concat());
        }
        let end = u32::try_from(bytes.len() / 2).unwrap();
        bytes[24..28].copy_from_slice(&end.to_be_bytes());
        bytes
    }

    fn states(bytes: &[u8]) -> (Vec<State>, bool, usize) {
        let found = find(bytes, None, &Progress::default()).unwrap().unwrap();
        let states = found.list.iter().map(|record| record.state).collect();
        (states, found.cut, found.junk)
    }

    #[test]
    fn a_length_that_lies_is_mended_and_its_neighbours_are_found() {
        use State::{Cut, Mended, Whole};
        for lie in [1, 9, 11, 24, 70_000, u32::MAX] {
            let bytes = file(&[(1, 10), (2, lie), (3, 10)]);
            assert_eq!(
                states(&bytes),
                (vec![Whole, Mended, Whole], false, 0),
                "{lie}"
            );
        }
        let bytes = file(&[(1, 10), (2, 10)]);
        let cut = &bytes[..bytes.len() - 3];
        assert_eq!(states(cut), (vec![Whole, Cut], true, 0));
        let junk = [&bytes[..], b"junk"].concat();
        assert_eq!(states(&junk), (vec![Whole, Whole], false, 4));
    }

    #[test]
    fn a_broken_record_is_passed_over() {
        let mut bytes = file(&[(1, 10), (2, 10), (3, 10)]);
        // The second record's length and type both.
        bytes[128 + 4..128 + 12].copy_from_slice(&[0x7F; 8]);
        use State::{Broken, Whole};
        assert_eq!(states(&bytes), (vec![Whole, Broken, Whole], false, 0));
    }
}
