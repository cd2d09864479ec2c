//! The sourced geometry: boundary, river lines, towns, landmarks, each with source and ± metres.
//!
//! A thing whose place nobody has published keeps `None`; it is listed, not dropped and not guessed.

use geo::{LineString, Point, Polygon};
use geojson::{Feature, FeatureCollection, JsonValue};

use super::PlanError;
use crate::crs::LonLat;

/// The district's outline.
#[derive(Clone, Debug, PartialEq)]
pub struct Boundary {
    pub name: String,
    /// 行政区划代码.
    pub code: String,
    pub outline: Polygon<f64>,
    pub precision_m: f64,
    pub remark: String,
    pub source: String,
    pub licence: String,
}

/// A drawn line of a river, its vertices in the direction of flow. 岷江 has two.
#[derive(Clone, Debug, PartialEq)]
pub struct RiverLine {
    /// `岷江（乐山以上）`.
    pub name: String,
    /// The river it belongs to: `岷江`.
    pub river: String,
    pub line: Option<LineString<f64>>,
    pub precision_m: Option<f64>,
    pub remark: String,
    pub source: String,
    pub licence: String,
}

/// Which list a [`Place`] stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PlaceLayer {
    Towns,
    /// Units merged away in 2019.
    FormerTowns,
    Landmarks,
}

/// A town or landmark, known to ± metres or not at all.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub name: String,
    pub layer: PlaceLayer,
    /// 统计用区划代码, of towns.
    pub code: String,
    /// 园区, 世界遗产…, of landmarks.
    pub category: String,
    /// What the point is, if not the thing itself: `四至框中心（不是镇政府驻地）`.
    pub point_kind: String,
    /// Is it one of the plan's 5 streets and 11 towns?
    pub in_plan: bool,
    pub at: Option<LonLat>,
    pub precision_m: Option<f64>,
    pub remark: String,
    pub source: String,
    pub licence: String,
}

/// All of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Geography {
    pub boundary: Boundary,
    pub river_lines: Vec<RiverLine>,
    pub towns: Vec<Place>,
    pub former_towns: Vec<Place>,
    pub landmarks: Vec<Place>,
}

impl Geography {
    pub(super) fn load() -> Result<Self, PlanError> {
        Ok(Self {
            boundary: load_boundary()?,
            river_lines: load_river_lines()?,
            towns: load_places(
                "geo/towns.geojson",
                include_str!("../../data/geo/towns.geojson"),
                PlaceLayer::Towns,
            )?,
            former_towns: load_places(
                "geo/towns_former.geojson",
                include_str!("../../data/geo/towns_former.geojson"),
                PlaceLayer::FormerTowns,
            )?,
            landmarks: load_places(
                "geo/landmarks.geojson",
                include_str!("../../data/geo/landmarks.geojson"),
                PlaceLayer::Landmarks,
            )?,
        })
    }

    pub fn place(&self, layer: PlaceLayer, name: &str) -> Option<&Place> {
        match layer {
            PlaceLayer::Towns => &self.towns,
            PlaceLayer::FormerTowns => &self.former_towns,
            PlaceLayer::Landmarks => &self.landmarks,
        }
        .iter()
        .find(|place| place.name == name)
    }

    /// The drawn lines of a river, upstream first.
    pub fn lines_of<'a>(&'a self, river: &'a str) -> impl Iterator<Item = &'a RiverLine> {
        self.river_lines
            .iter()
            .filter(move |line| line.river == river && line.line.is_some())
    }

    /// A river's lines as one, in the direction of flow; `None` where none is drawn.
    pub fn course(&self, river: &str) -> Option<LineString<f64>> {
        let vertices: Vec<_> = self
            .lines_of(river)
            .filter_map(|line| line.line.as_ref())
            .flat_map(|line| line.coords().copied())
            .collect();
        (vertices.len() > 1).then(|| LineString::new(vertices))
    }
}

fn load_boundary() -> Result<Boundary, PlanError> {
    const FILE: &str = "geo/boundary.geojson";
    let feature = features(FILE, include_str!("../../data/geo/boundary.geojson"))?
        .into_iter()
        .next()
        .ok_or_else(|| unreadable(FILE, "没有要素"))?;
    Ok(Boundary {
        name: text(&feature, "name"),
        code: text(&feature, "code"),
        outline: geometry(FILE, &feature)?.ok_or_else(|| unreadable(FILE, "没有界线"))?,
        precision_m: number(&feature, "precision_m").ok_or_else(|| unreadable(FILE, "没有精度"))?,
        remark: text(&feature, "remark"),
        source: text(&feature, "source_short"),
        licence: text(&feature, "license"),
    })
}

fn load_river_lines() -> Result<Vec<RiverLine>, PlanError> {
    const FILE: &str = "geo/rivers.geojson";
    features(FILE, include_str!("../../data/geo/rivers.geojson"))?
        .iter()
        .map(|feature| {
            Ok(RiverLine {
                name: text(feature, "name"),
                river: text(feature, "river"),
                line: geometry(FILE, feature)?,
                precision_m: number(feature, "precision_m"),
                remark: text(feature, "remark"),
                source: text(feature, "source_short"),
                licence: text(feature, "license"),
            })
        })
        .collect()
}

fn load_places(
    file: &'static str,
    source: &str,
    layer: PlaceLayer,
) -> Result<Vec<Place>, PlanError> {
    features(file, source)?
        .iter()
        .map(|feature| {
            let point: Option<Point<f64>> = geometry(file, feature)?;
            Ok(Place {
                name: text(feature, "name"),
                layer,
                code: text(feature, "code"),
                category: text(feature, "category"),
                point_kind: text(feature, "kind"),
                in_plan: feature.property("in_plan").and_then(JsonValue::as_bool) == Some(true),
                at: point.map(|point| LonLat::new(point.x(), point.y())),
                precision_m: number(feature, "precision_m"),
                remark: text(feature, "remark"),
                source: text(feature, "source_short"),
                licence: text(feature, "license"),
            })
        })
        .collect()
}

fn features(file: &'static str, source: &str) -> Result<Vec<Feature>, PlanError> {
    let collection: FeatureCollection = source
        .parse()
        .map_err(|err: geojson::Error| unreadable(file, &err.to_string()))?;
    Ok(collection.features)
}

/// The geometry as the type that this file holds; `None` for a listed thing without a place.
fn geometry<Shape>(file: &'static str, feature: &Feature) -> Result<Option<Shape>, PlanError>
where
    Shape: TryFrom<geojson::Geometry, Error = geojson::Error>,
{
    feature
        .geometry
        .clone()
        .map(Shape::try_from)
        .transpose()
        .map_err(|err| unreadable(file, &err.to_string()))
}

fn text(feature: &Feature, name: &str) -> String {
    feature
        .property(name)
        .and_then(|value| value.as_str())
        .unwrap_or_default()
        .to_owned()
}

fn number(feature: &Feature, name: &str) -> Option<f64> {
    feature.property(name)?.as_f64()
}

fn unreadable(file: &'static str, reason: &str) -> PlanError {
    PlanError::Unreadable {
        file,
        reason: reason.to_owned(),
    }
}
