//! Text on its way into a file of another encoding than ours. Must not know what the text says.

use std::io::{self, Write};

use super::write_options::TextEncoding;

/// Takes UTF-8, in pieces of any size, and passes it on in the encoding.
pub(super) struct TextOut<'a> {
    out: &'a mut dyn Write,
    encoding: TextEncoding,
    /// The first bytes of a character whose others are still to come.
    begun: Vec<u8>,
}

impl<'a> TextOut<'a> {
    pub(super) fn new(out: &'a mut dyn Write, encoding: TextEncoding) -> Self {
        Self {
            out,
            encoding,
            begun: Vec::new(),
        }
    }
}

impl Write for TextOut<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.encoding == TextEncoding::Utf8 {
            return self.out.write(bytes);
        }
        self.begun.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.begun) {
            Ok(text) => text,
            Err(err) => {
                let (whole, _) = self.begun.split_at(err.valid_up_to());
                std::str::from_utf8(whole).unwrap_or_default()
            }
        };
        let (encoded, _, _) = encoding_rs::GB18030.encode(whole);
        self.out.write_all(&encoded)?;
        let done = whole.len();
        self.begun.drain(..done);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_written_in_halves_are_still_whole() {
        let mut bytes = Vec::new();
        let mut out = TextOut::new(&mut bytes, TextEncoding::Gb18030);
        for byte in "a乐山\u{20000}é".bytes() {
            out.write_all(&[byte]).unwrap();
        }
        drop(out);
        assert_eq!(encoding_rs::GB18030.decode(&bytes).0, "a乐山\u{20000}é");
    }
}
