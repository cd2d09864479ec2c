//! # Redline Atlas · 生态红线一张图
//!
//! The library behind two thin programs: `redline-atlas` (the window) and `redline` (the console).
//! This page is the architecture document; `cargo doc --open` checks its links.
//!
//! ## Code map, from the bottom up
//!
//! | module | what it is | what it must not know |
//! |---|---|---|
//! | [`crs`] | coordinate systems, CGCS2000 lon/lat, ellipsoidal area and length | features, files |
//! | [`model`] | the domain as plain data: sites, money, layers, placements, edits, issues | I/O, SQL, egui |
//! | [`jobs`] | background work with progress and cancel | what the work is |
//! | [`plan`] | the built-in data of the "十四五" plan: every fact with its line | the workspace |
//! | [`analysis`] | validity, repairs, overlaps, comparison with the plan's figures | files, the workspace |
//! | [`formats`] | bytes ⇄ layers: encoding, CRS detection, issues, quarantine, writers | the workspace |
//! | [`store`] | the workspace file, a GeoPackage; **the only SQL** | undo, the window |
//! | [`document`] | workspace + undo: **the only writer** | egui, drawing |
//! | [`exchange`] | import and export as the user names them, for both programs | formats' insides, dialogs |
//! | [`search`] | finds things by Chinese, pinyin and initials | where they are shown |
//! | [`scene`] | one draw list with painters; the designed symbology | the workspace, page furniture |
//! | [`drawing`] | the workspace's layers as a scene's input | how they are drawn |
//! | [`sheet`] | map sheets: paper, true scale, PDF and PNG | the workspace, egui |
//! | [`cli`] | the console | egui |
//! | `app` | the window (feature `gui`) | – |
//!
//! Which module may use which is a table in `tests/integration/tidy.rs`, and tested there.
//!
//! ## How a change happens
//!
//! A panel or a console command makes an [`model::Edit`], which carries the old and the new value.
//! [`document::Document::commit`] applies it to the database first (one transaction, history written by
//! SQL triggers), then to memory, then to the undo stack. In the window nothing but `app::apply` holds a
//! mutable document: panels read it and push commands.
//!
//! ## How a file comes in
//!
//! [`formats::read_file`] runs in a job: file, folder or archive → format (by content) → one reader a
//! format → features in the file's own coordinates → CRS (declared, or decided from the numbers, with the
//! reason) → certain repairs → CGCS2000 lon/lat. What is wrong becomes an [`model::Issue`]; what
//! cannot be imported becomes [`model::Quarantined`] and is stored with its original text.
//! [`exchange::store`] stores it all in one transaction, also beside the window; [`document::Document::adopt`]
//! takes it in.
//!
//! ## How a map is drawn
//!
//! Layers and sites → [`scene::build()`] → [`scene::Scene`], a list of draw ops in a plane: the Web-Mercator
//! square for the screen, the Gauss–Krüger zone of the map's centre for paper. The screen painter and the
//! PDF painter draw the same list; PNG is made from the PDF.
//!
//! In the window a layer of more than [`scene::pyramid::LARGE_LAYER_VERTICES`] is drawn by tiles: the list
//! ([`scene::build_ground()`]) only keeps its places, [`scene::pyramid::Pyramid`] makes the tiles on two worker
//! threads, and `app::map_view` keeps them on the graphics card. Selecting something makes only
//! [`scene::build_selection()`] anew. Paper always draws the whole list.
//!
//! ## Invariants
//!
//! 1. Everything stored is CGCS2000 longitude/latitude in `f64`; areas and lengths are ellipsoidal.
//! 2. Nothing without a sourced coordinate gets one: see [`model::Placement`].
//! 3. Money is whole fen ([`model::Money`]); no floats.
//! 4. A reader never panics and never drops a feature silently.
//! 5. The database is changed first; history rows are never updated or deleted.
//! 6. The same layers, sites and style give the same scene.
//! 7. No network unless the user switched a base map on.
//!
//! ## Words
//!
//! Workspace 工作区 (the .gpkg) · Layer 图层 · Feature 要素 · `ProjectSite` 项目 (a row of 附表一) ·
//! Investment 投资 · Section 断面 · Reservoir 水库 · Indicator 指标 · Placement 定位等级 · `MapSheet` 图幅 ·
//! Issue 问题 (of a file) · Quarantine 隔离区.

pub mod analysis;
#[cfg(feature = "gui")]
pub mod app;
pub mod cli;
pub mod crs;
pub mod document;
pub mod drawing;
pub mod exchange;
pub mod formats;
pub mod jobs;
pub mod model;
pub mod plan;
pub mod scene;
pub mod search;
pub mod sheet;
pub mod store;
