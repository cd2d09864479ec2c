//! The whole window as a picture, drawn by a software adapter.

use crate::desk::{self, Desk, LAPTOP};

use egui_kittest::kittest::Queryable as _;
use redline_atlas::app::{Command, DialogKind, Selection, ThemeChoice};
use redline_atlas::document::Document;
use redline_atlas::model::SiteId;
use redline_atlas::store::Contents;

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

/// What a planner sees at five o'clock: problems, a question, a quarantine.
#[test]
fn the_import_windows_are_dark_in_the_dark_theme_and_light_in_the_light() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = |name: &str| {
        let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        fixtures.join("tests/fixtures/import").join(name)
    };
    let question = folder.path().join("监测点.csv");
    let rows = "名称,横坐标(m),纵坐标(m)\n甲,560000.5,3271000.5\n乙,560100.5,3271100.5\n";
    std::fs::write(&question, rows).unwrap();
    for (theme, name) in [(ThemeChoice::Light, "light"), (ThemeChoice::Dark, "dark")] {
        let path = folder.path().join(format!("{name}.gpkg"));
        let document = Document::create(&path, Contents::Plan).unwrap();
        let mut desk = desk::open_document(document, theme);
        desk::ask(&mut desk, Command::BeginImport(vec![question.clone()]));
        let mut pictures = vec![picture(&mut desk, &format!("question_{name}"))];
        desk::ask(&mut desk, Command::CloseDialog);

        let file = fixture("two_point_ring.geojson");
        desk::ask(&mut desk, Command::BeginImport(vec![file]));
        desk.get_by_label_contains("问题 ").click();
        desk::settle(&mut desk);
        let row = desk
            .get_all_by_role(egui::accesskit::Role::ListBoxOption)
            .last();
        row.unwrap().click();
        desk::settle(&mut desk);
        desk.get_by_label("试导入").click();
        desk::settle(&mut desk);
        pictures.push(picture(&mut desk, &format!("problems_{name}")));
        desk.get_by_label("导入图层到工作区").click();
        desk::settle(&mut desk);
        pictures.push(picture(&mut desk, &format!("imported_{name}")));

        let document = desk.state().document().unwrap();
        let layer = document.layers().iter().find(|one| one.quarantined > 0);
        let id = layer.unwrap().id;
        desk::ask(&mut desk, Command::OpenQuarantine(id));
        pictures.push(picture(&mut desk, &format!("quarantine_{name}")));
        desk.get_by_label("坐标").click();
        desk::settle(&mut desk);
        pictures.push(picture(&mut desk, &format!("coordinates_{name}")));
        for picture in pictures.into_iter().flatten() {
            let brightness = picture.brightness();
            let is_light = brightness > 120.0;
            assert_eq!(is_light, theme == ThemeChoice::Light, "{brightness}");
        }
    }
}
