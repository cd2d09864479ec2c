//! The long texts of a table, which stand in a file of their own: `.dbt` of dBASE, `.fpt` of `FoxPro`.
//!
//! Must not know a table's layout, nor any encoding.

/// A text longer than this is none; a damaged length would ask for more.
const MAX_TEXT: usize = 16 << 20;

/// How much text all cells together may point to.
const FREE: usize = 1 << 20;
const TIMES_OWN_LENGTH: usize = 4;

const DBASE_BLOCK: usize = 512;
/// Where dBASE III ends a text.
const END_OF_TEXT: u8 = 0x1A;
/// How dBASE IV starts one.
const DBASE4_START: [u8; 4] = [0xFF, 0xFF, 0x08, 0x00];

#[derive(Clone, Copy, Debug)]
pub(super) struct Memo<'a> {
    bytes: &'a [u8],
    block: usize,
    is_foxpro: bool,
}

impl<'a> Memo<'a> {
    pub(super) fn dbase(bytes: &'a [u8]) -> Self {
        let block = bytes.get(20..22).and_then(|size| size.try_into().ok());
        let block = usize::from(block.map_or(0, u16::from_le_bytes));
        Self {
            bytes,
            // dBASE III leaves it empty.
            block: if block == 0 { DBASE_BLOCK } else { block },
            is_foxpro: false,
        }
    }

    pub(super) fn foxpro(bytes: &'a [u8]) -> Self {
        let block = bytes.get(6..8).and_then(|size| size.try_into().ok());
        let block = usize::from(block.map_or(0, u16::from_be_bytes));
        Self {
            bytes,
            block: block.max(1),
            is_foxpro: true,
        }
    }

    /// Do the cells point to no more text than there is, save a little? Many that point to one long text would
    /// make a small file an enormous one.
    pub(super) fn is_sound<'c>(&self, cells: impl Iterator<Item = &'c [u8]>) -> bool {
        let mut left = FREE.saturating_add(self.bytes.len().saturating_mul(TIMES_OWN_LENGTH));
        for cell in cells {
            // A text that does not end was looked for to the end of the file.
            let looked_at = match self.text(cell) {
                Some(text) => text.len(),
                None => (self.rest(cell)).map_or(0, |rest| rest.len().min(MAX_TEXT)),
            };
            match left.checked_sub(looked_at) {
                Some(still) => left = still,
                None => return false,
            }
        }
        true
    }

    /// From where a cell points to.
    fn rest(&self, cell: &[u8]) -> Option<&'a [u8]> {
        let block = match <[u8; 4]>::try_from(cell) {
            Ok(number) => usize::try_from(u32::from_le_bytes(number)).ok()?,
            Err(_) => std::str::from_utf8(cell).ok()?.trim().parse().ok()?,
        };
        let rest = self.bytes.get(block.checked_mul(self.block)?..)?;
        (block > 0).then_some(rest)
    }

    /// The text that a cell points to; `None` for an empty cell, and for one that points nowhere.
    pub(super) fn text(&self, cell: &[u8]) -> Option<&'a [u8]> {
        let text = self.rest(cell)?;
        let number = |at: usize| <[u8; 4]>::try_from(text.get(at..at + 4)?).ok();
        let text = if self.is_foxpro {
            let len = usize::try_from(u32::from_be_bytes(number(4)?)).ok()?;
            text.get(8..8_usize.checked_add(len.min(MAX_TEXT))?)?
        } else if text.starts_with(&DBASE4_START) {
            // The length counts its own eight bytes.
            let len = usize::try_from(u32::from_le_bytes(number(4)?)).ok()?;
            text.get(8..len.min(MAX_TEXT))?
        } else {
            let end = text
                .iter()
                .take(MAX_TEXT)
                .position(|byte| *byte == END_OF_TEXT);
            text.get(..end?)?
        };
        Some(text.trim_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_programs_texts_are_found_and_pointers_to_nowhere_are_nothing() {
        let mut dbase3 = vec![0; 512];
        dbase3.extend(b"first\x1a\x1a");
        let memo = Memo::dbase(&dbase3);
        assert_eq!(memo.text(b"         1"), Some(&b"first"[..]));
        for nowhere in [
            &b"          "[..],
            b"         0",
            b"         9",
            b"99999999999999999999",
            b"x",
        ] {
            assert_eq!(memo.text(nowhere), None);
        }

        let mut dbase4 = vec![0; 1024];
        dbase4[20..22].copy_from_slice(&1024_u16.to_le_bytes());
        dbase4.extend(DBASE4_START);
        dbase4.extend(14_u32.to_le_bytes());
        dbase4.extend(b"second");
        assert_eq!(Memo::dbase(&dbase4).text(b"1"), Some(&b"second"[..]));

        let mut foxpro = vec![0; 64];
        foxpro[6..8].copy_from_slice(&64_u16.to_be_bytes());
        foxpro.extend(1_u32.to_be_bytes());
        foxpro.extend(5_u32.to_be_bytes());
        foxpro.extend(b"third");
        let memo = Memo::foxpro(&foxpro);
        assert_eq!(memo.text(&1_u32.to_le_bytes()), Some(&b"third"[..]));
        assert_eq!(Memo::foxpro(&foxpro[..70]).text(b"1"), None);
    }
}
