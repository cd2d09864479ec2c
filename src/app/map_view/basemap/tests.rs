//! The provider against a small server of its own: no test here leaves this machine.

use crate::store::Contents;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use egui::Context;
use egui_kittest::Harness;
use walkers::{TileId, Tiles as _};

use super::disk_cache::DiskCache;
use super::fetch::{FetchError, Fetcher};
use super::provider::{Provider, RetryPolicy};
use super::tile_set::TileSet;
use super::{Basemap, BasemapSettings, BasemapSource, BasemapState};
use crate::app::map_view::{Camera, MapInput, MapView};
use crate::document::Document;
use crate::scene::MapStyle;

/// One blue pixel.
const PNG: &[u8] =
    b"\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x01\x00\x00\
    \x00\x01\x08\x02\x00\x00\x00\x90\x77\x53\xde\x00\x00\x00\x0c\x49\x44\x41\x54\x78\xda\x63\
    \x88\xda\xf8\x1e\x00\x03\x63\x01\xfb\xf0\x97\x01\xdd\x00\x00\x00\x00\x49\x45\x4e\x44\xae\
    \x42\x60\x82";

const TILE: TileId = TileId {
    x: 3228,
    y: 1695,
    zoom: 12,
};

/// Longer than any of this takes, so that a broken test ends.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone, Copy)]
enum Answer {
    Picture,
    Page,
    Status(u16),
    /// The connection breaks off, as when the network goes.
    HangUp,
}

/// Answers one request after the other; the paths asked for come out of the channel.
fn serve(answers: &[Answer]) -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, paths) = sync_channel(100);
    let answers = answers.to_vec();
    std::thread::Builder::new()
        .name("tile server".to_owned())
        .spawn(move || {
            for answer in answers {
                let (stream, _) = listener.accept().unwrap();
                sender.send(answer_one(stream, answer)).unwrap();
            }
        })
        .unwrap();
    (address, paths)
}

fn answer_one(mut stream: TcpStream, answer: Answer) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
        head.push(byte[0]);
    }
    let (status, body): (u16, &[u8]) = match answer {
        Answer::Picture => (200, PNG),
        Answer::Page => (200, b"<html>please log in</html>"),
        Answer::Status(status) => (status, b"no"),
        Answer::HangUp => return first_line(&head),
    };
    let reply = format!(
        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(reply.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    first_line(&head)
}

fn first_line(head: &[u8]) -> String {
    String::from_utf8_lossy(head)
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// A provider, and the wake-ups it sends the window.
struct Rig {
    ctx: Context,
    provider: Provider,
    wakes: Receiver<()>,
}

fn rig(address: SocketAddr, cache: Option<&Path>) -> Rig {
    let ctx = Context::default();
    let (sender, wakes) = sync_channel(1_000);
    ctx.set_request_repaint_callback(move |_| {
        // A full channel has wake-ups enough.
        sender.try_send(()).ok();
    });
    let set = TileSet::local(address);
    let cache = cache.map(|folder| Arc::new(DiskCache::new(folder.to_owned(), 1_000_000)));
    let retry = RetryPolicy {
        first: Duration::ZERO,
        longest: Duration::from_hours(1),
    };
    let provider = Provider::new(&ctx, Fetcher::new(set.clone(), cache), set, retry);
    Rig {
        ctx,
        provider,
        wakes,
    }
}

impl Rig {
    /// Frame after frame, until `done`.
    fn run_until(&mut self, done: impl Fn(&mut Provider) -> bool) {
        loop {
            // A frame: egui wakes the window once for all that happens between two of them.
            let mut output = self.ctx.run_ui(egui::RawInput::default(), |_| {});
            output.textures_delta.clear();
            self.provider.receive();
            if done(&mut self.provider) {
                return;
            }
            self.wakes.recv_timeout(PATIENCE).unwrap();
        }
    }

    fn run_until_shown(&mut self) {
        self.run_until(|provider| provider.at(TILE).is_some());
    }

    fn run_until_trouble(&mut self) -> FetchError {
        self.run_until(|provider| {
            provider.at(TILE);
            provider.trouble().is_some()
        });
        self.provider.trouble().unwrap().clone()
    }
}

#[test]
fn a_tile_is_fetched_once_and_then_shown() {
    let (address, paths) = serve(&[Answer::Picture]);
    let mut rig = rig(address, None);
    assert!(rig.provider.at(TILE).is_none());
    assert!(rig.provider.is_loading());
    rig.run_until_shown();
    assert!(rig.provider.at(TILE).is_some());
    assert_eq!(rig.provider.trouble(), None);
    assert!(!rig.provider.is_loading());
    assert_eq!(paths.recv().unwrap(), "GET /12/3228/1695.png HTTP/1.1");
    assert!(paths.recv().is_err(), "no second request");
}

#[test]
fn deeper_tiles_show_the_part_of_the_one_above_while_they_load() {
    let (address, _paths) = serve(&[Answer::Picture, Answer::HangUp]);
    let mut rig = rig(address, None);
    rig.run_until_shown();
    let child = TileId {
        x: TILE.x * 2 + 1,
        y: TILE.y * 2,
        zoom: 13,
    };
    let piece = rig.provider.at(child).unwrap();
    assert_eq!(piece.uv.min, egui::pos2(0.5, 0.0));
    assert_eq!(piece.uv.max, egui::pos2(1.0, 0.5));
}

#[test]
fn below_the_deepest_level_the_deepest_tile_is_asked_for() {
    let (address, paths) = serve(&[Answer::Picture]);
    let mut rig = rig(address, None);
    let deep = TileId {
        x: TILE.x << 7,
        y: TILE.y << 7,
        zoom: 19,
    };
    rig.run_until(|provider| provider.at(deep).is_some());
    let deepest = format!("GET /18/{}/{}.png HTTP/1.1", TILE.x << 6, TILE.y << 6);
    assert_eq!(paths.recv().unwrap(), deepest);
}

#[test]
fn a_missing_tile_is_no_trouble_and_not_asked_for_again() {
    let (address, paths) = serve(&[Answer::Status(404)]);
    let mut rig = rig(address, None);
    assert!(rig.provider.at(TILE).is_none());
    rig.run_until(|provider| !provider.is_loading());
    assert!(rig.provider.at(TILE).is_none());
    assert!(!rig.provider.is_loading(), "not asked for again");
    assert_eq!(rig.provider.trouble(), None);
    paths.recv().unwrap();
    assert!(paths.recv().is_err());
}

#[test]
fn after_a_broken_network_and_a_broken_server_the_map_comes_back_by_itself() {
    let (address, _paths) = serve(&[Answer::HangUp, Answer::Status(503), Answer::Picture]);
    let mut rig = rig(address, None);
    let trouble = rig.run_until_trouble();
    assert!(matches!(trouble, FetchError::NoNetwork(_)), "{trouble}");
    rig.run_until_shown();
    assert_eq!(rig.provider.trouble(), None);
}

#[test]
fn a_refused_key_a_used_up_quota_and_a_login_page_are_told_apart() {
    for (answer, expected) in [
        (Answer::Status(403), FetchError::Refused(403)),
        (Answer::Status(418), FetchError::Refused(418)),
        (Answer::Status(429), FetchError::QuotaExceeded),
        (Answer::Page, FetchError::NotAPicture),
    ] {
        let (address, _paths) = serve(&[answer]);
        assert_eq!(rig(address, None).run_until_trouble(), expected);
    }
}

#[test]
fn after_a_refusal_the_server_is_left_alone() {
    let (address, paths) = serve(&[Answer::Status(403)]);
    let mut rig = rig(address, None);
    rig.run_until_trouble();
    rig.provider.at(TILE);
    assert!(!rig.provider.is_loading());
    paths.recv().unwrap();
    assert!(paths.recv().is_err());
}

#[test]
fn a_cached_tile_needs_no_second_request_even_without_a_network() {
    let folder = tempfile::tempdir().unwrap();
    let (address, paths) = serve(&[Answer::Picture]);
    rig(address, Some(folder.path())).run_until_shown();
    paths.recv().unwrap();
    assert!(paths.recv().is_err(), "the server is gone");

    let mut later = rig(address, Some(folder.path()));
    later.run_until_shown();
    assert_eq!(later.provider.trouble(), None);
}

#[test]
fn without_a_choice_there_is_no_provider_and_without_a_key_no_request() {
    let mut basemap = Basemap::new(&Context::default());
    basemap.update(&BasemapSettings::default());
    assert_eq!(basemap.layers().count(), 0);
    assert_eq!(basemap.state(), BasemapState::Off);

    basemap.update(&BasemapSettings {
        source: BasemapSource::TiandituVector,
        tianditu_key: "  ".to_owned(),
        labels: true,
    });
    assert_eq!(basemap.layers().count(), 0);
    assert_eq!(basemap.state(), BasemapState::KeyMissing);

    // The first letter of a key that is being typed.
    basemap.update(&BasemapSettings {
        source: BasemapSource::TiandituVector,
        tianditu_key: "a".to_owned(),
        labels: true,
    });
    assert_eq!(basemap.layers().count(), 0);
}

#[test]
fn the_map_is_covered_by_its_base_map() {
    let (address, _paths) = serve(&[Answer::Picture; 200]);
    let document = Document::in_memory(Contents::Empty).unwrap();
    let style = MapStyle::light();
    let settings = BasemapSettings {
        source: BasemapSource::OpenStreetMap,
        ..BasemapSettings::default()
    };
    let mut state = BasemapState::Off;
    let mut map: Option<MapView> = None;
    let mut harness = Harness::builder()
        .with_size(egui::vec2(640.0, 480.0))
        .with_pixels_per_point(1.25)
        .with_context_setup(crate::app::fonts::install)
        .build_ui(|ui| {
            let map = map.get_or_insert_with(|| {
                let mut map = MapView::new(ui.ctx());
                map.basemap = Basemap::with_local(ui.ctx(), address);
                map.set_camera(Camera {
                    lon: 103.76,
                    lat: 29.56,
                    zoom: 12.4,
                });
                map
            });
            let input = MapInput {
                document: &document,
                selection: None,
                style: &style,
                basemap: &settings,
                show_sites: true,
                show_labels: true,
            };
            state = map.ui(ui, &input, &mut Vec::new()).basemap;
            if state != BasemapState::Ready {
                ui.request_repaint();
            }
        });
    let deadline = Instant::now() + PATIENCE;
    while harness.try_run().is_err() {
        assert!(Instant::now() < deadline, "still loading");
    }
    match harness.render() {
        Ok(picture) => {
            let (width, height) = (picture.width(), picture.height());
            // The middle, where nothing stands on the map: no gap between tiles either.
            for x in width / 4..width * 3 / 4 {
                for y in height / 8..height * 3 / 4 {
                    let pixel = picture.get_pixel(x, y).0;
                    assert_eq!(pixel[..3], [0x5a, 0xb1, 0xef], "at {x}, {y}");
                }
            }
        }
        Err(err) => assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{err}"),
    }
}
