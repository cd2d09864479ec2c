//! Poppler's programs read our PDFs as any other reader would: their text, their boxes, their pixels.

use std::path::Path;
use std::process::Command;

use redline_atlas::sheet::PaperRect;

/// Poppler's programs are not part of the product: without them these tests say so and pass, except in CI.
pub(super) fn has_poppler() -> bool {
    crate::judge::is_here("pdftotext")
}

/// Runs a poppler program on the PDF, its result written to a file; the program's last argument.
pub(super) fn poppler(pdf: &[u8], program: &str, arguments: &[&str], ending: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("sheet.pdf");
    std::fs::write(&source, pdf).unwrap();
    let target = folder.path().join(format!("out{ending}"));
    // pdftoppm adds the ending itself.
    let named: &Path = &if program == "pdftoppm" {
        target.with_extension("")
    } else {
        target.clone()
    };
    let output = Command::new(program)
        .args(arguments)
        .arg(&source)
        .arg(named)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    std::fs::read(target).unwrap()
}

pub(super) fn stdout_of(pdf: &[u8], program: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("sheet.pdf");
    std::fs::write(&source, pdf).unwrap();
    let output = Command::new(program).arg(&source).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// All text of the sheet without the line breaks and gaps of its layout.
pub(super) fn text_of(pdf: &[u8]) -> String {
    let text = poppler(pdf, "pdftotext", &["-layout"], ".txt");
    String::from_utf8(text)
        .unwrap()
        .split_whitespace()
        .collect()
}

/// A word of the sheet and its box, mm.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) rect: PaperRect,
}

pub(super) fn words_of(pdf: &[u8]) -> Vec<Word> {
    let text = String::from_utf8(poppler(pdf, "pdftotext", &["-bbox"], ".html")).unwrap();
    text.lines()
        .filter(|line| line.trim_start().starts_with("<word"))
        .map(|line| {
            let number = |name: &str| -> f64 {
                let start = line.find(name).unwrap() + name.len() + 2;
                let rest = line.get(start..).unwrap();
                let value: f64 = rest.split('"').next().unwrap().parse().unwrap();
                value / 72.0 * 25.4
            };
            let (x, y) = (number("xMin"), number("yMin"));
            Word {
                text: line
                    .split('>')
                    .nth(1)
                    .unwrap()
                    .trim_end_matches("</word")
                    .to_owned(),
                rect: PaperRect::new(x, y, number("xMax") - x, number("yMax") - y),
            }
        })
        .collect()
}

/// A page as pixels, 3 bytes each.
pub(super) struct Picture {
    pub(super) width: usize,
    pixels: Vec<u8>,
    dpi: f64,
}

impl Picture {
    pub(super) fn of(pdf: &[u8], dpi: u32) -> Self {
        let resolution = dpi.to_string();
        let ppm = poppler(pdf, "pdftoppm", &["-r", &resolution, "-singlefile"], ".ppm");
        let mut fields = Vec::new();
        let mut at = 0;
        while fields.len() < 4 {
            let end = at + ppm[at..].iter().position(u8::is_ascii_whitespace).unwrap();
            fields.push(std::str::from_utf8(&ppm[at..end]).unwrap().to_owned());
            at = end + 1;
        }
        assert_eq!(fields[0], "P6");
        Self {
            width: fields[1].parse().unwrap(),
            pixels: ppm[at..].to_vec(),
            dpi: f64::from(dpi),
        }
    }

    pub(super) fn pixel(&self, x: usize, y: usize) -> [u8; 3] {
        let at = (y * self.width + x) * 3;
        self.pixels[at..at + 3].try_into().unwrap()
    }

    pub(super) fn mm(&self, pixels: f64) -> f64 {
        pixels / self.dpi * 25.4
    }

    pub(super) fn index(&self, mm: f64) -> usize {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a place on a page"
        )]
        let index = (mm / 25.4 * self.dpi).round() as usize;
        index
    }
}

/// The longest run of pixels that pass, in the given rows and columns: its length.
pub(super) fn longest_run(
    lines: std::ops::Range<usize>,
    along: std::ops::Range<usize>,
    dark: impl Fn(usize, usize) -> bool,
) -> usize {
    let mut longest = 0;
    for line in lines {
        let mut run = 0;
        for at in along.clone() {
            run = if dark(at, line) { run + 1 } else { 0 };
            longest = longest.max(run);
        }
    }
    longest
}
