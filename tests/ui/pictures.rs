//! The whole window as a picture, drawn by a software adapter.

use crate::desk::{self, Desk, LAPTOP};

use redline_atlas::app::{Command, DialogKind, Selection, ThemeChoice};
use redline_atlas::model::SiteId;

/// Red, green, blue of each pixel.
pub(crate) struct Picture {
    width: usize,
    pixels: Vec<[u8; 3]>,
}

/// `None`, said plainly, where the machine has no adapter; that is a failure in continuous integration.
/// With `SAVE_PICTURES=FOLDER` the picture is kept there, to be looked at.
pub(crate) fn picture(desk: &mut Desk, name: &str) -> Option<Picture> {
    let image = match desk.render() {
        Ok(image) => image,
        Err(err) if std::env::var_os("CI").is_none() => {
            println!("DID NOT RUN: no graphics adapter for the picture “{name}”: {err}");
            return None;
        }
        Err(err) => panic!("no graphics adapter for the picture “{name}”: {err}"),
    };
    if let Some(folder) = std::env::var_os("SAVE_PICTURES") {
        let path = std::path::Path::new(&folder).join(format!("{name}.png"));
        image.save(path).unwrap();
    }
    Some(Picture {
        width: usize::try_from(image.width()).unwrap(),
        pixels: image.pixels().map(|p| [p.0[0], p.0[1], p.0[2]]).collect(),
    })
}

impl Picture {
    pub(crate) fn count(&self, wanted: impl Fn([u8; 3]) -> bool) -> usize {
        self.pixels.iter().filter(|pixel| wanted(**pixel)).count()
    }

    pub(crate) fn brightness(&self) -> f64 {
        let sum: f64 = self
            .pixels
            .iter()
            .flatten()
            .map(|part| f64::from(*part))
            .sum();
        sum / (self.pixels.len() * 3) as f64
    }
}

fn is_red([r, g, b]: [u8; 3]) -> bool {
    r > 150 && g < 110 && b < 120
}

#[test]
fn the_light_window_shows_the_red_line_and_the_selected_project() {
    let mut desk = desk::open(ThemeChoice::Light);
    desk::ask(
        &mut desk,
        Command::Select(Some(Selection::Site(SiteId(19)))),
    );
    let Some(picture) = picture(&mut desk, "light") else {
        return;
    };
    assert!((picture.width as f32 - LAPTOP.x).abs() < 0.5);
    assert!(picture.brightness() > 190.0, "{}", picture.brightness());
    assert!(picture.count(is_red) > 40);
}

#[test]
fn the_dark_window_is_dark() {
    let mut desk = desk::open(ThemeChoice::Dark);
    desk::ask(&mut desk, Command::Select(Some(Selection::DistrictSites)));
    let Some(picture) = picture(&mut desk, "dark") else {
        return;
    };
    assert!(picture.brightness() < 80.0, "{}", picture.brightness());
}

#[test]
fn the_print_dialog_shows_the_very_page() {
    let mut desk = desk::open(ThemeChoice::Light);
    desk::ask(
        &mut desk,
        Command::Select(Some(Selection::Site(SiteId(19)))),
    );
    desk::ask(&mut desk, Command::OpenDialog(DialogKind::Print));
    let Some(picture) = picture(&mut desk, "print") else {
        return;
    };
    // The page is white under a dimmed window.
    let white = picture.count(|pixel| pixel == [255, 255, 255]);
    assert!(white > 60_000, "{white}");
}

#[test]
fn the_import_dialog_shows_what_was_read() {
    let mut desk = desk::open(ThemeChoice::Light);
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/data/demo/redline_4523.geojson"
    );
    desk::ask(&mut desk, Command::BeginImport(vec![file.into()]));
    let Some(picture) = picture(&mut desk, "import") else {
        return;
    };
    // Dimmed around a light dialog.
    let white = picture.count(|pixel| pixel == [255, 255, 255]);
    assert!(white > 100_000, "{white}");
}
