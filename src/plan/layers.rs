//! The built-in facts as map layers and as the ledger: what a new workspace is filled with.
//!
//! Names and columns are stable: they are seen in the layer tree, in QGIS and in exports. Things
//! without a place become rows without geometry.

use std::collections::BTreeMap;

use geo::{Coord, Geometry, MapCoords, Point};
use geojson::FeatureCollection;

use super::{DEMO_RED_LINE, Place, Plan, PlanError, PlanRiver, RiverLine};
use crate::crs::{Crs, LonLat, Transform};
use crate::model::{
    Feature, Field, FieldType, Layer, LayerKind, Placement, ProjectSite, SiteId, Value, WaterClass,
};

const DEMO_FILE: &str = "demo/redline_4523.geojson";

impl Plan {
    /// The 41 projects as an untouched ledger: no status, no money spent.
    pub fn ledger(&self) -> BTreeMap<SiteId, ProjectSite> {
        self.sites
            .iter()
            .filter_map(|site| {
                let ledger_site = ProjectSite {
                    id: site.id,
                    category: site.category.clone(),
                    name: site.name.clone(),
                    content: site.content.clone(),
                    location: site.location.clone(),
                    planned: site.investment,
                    years_printed: site.years_printed.clone(),
                    years: site.years,
                    units: site.units.clone(),
                    plan_line: Some(site.plan_line),
                    plan_note: site.note.clone(),
                    placement: self.placements.get(&site.id)?.clone(),
                    status_changes: Vec::new(),
                    investments: BTreeMap::new(),
                };
                Some((site.id, ledger_site))
            })
            .collect()
    }

    /// The built-in layers in draw order, bottom first.
    pub fn layers(&self) -> Result<Vec<Layer>, PlanError> {
        Ok(vec![
            self.boundary_layer(),
            self.river_layer(),
            demo_red_line_layer()?,
            self.town_layer(),
            self.landmark_layer(),
            self.reservoir_layer(),
            self.section_layer(),
        ])
    }

    fn boundary_layer(&self) -> Layer {
        let boundary = &self.geography.boundary;
        Table::new(
            "市中区边界",
            LayerKind::Boundary,
            "天地图（国家基础地理信息中心）县级行政区划，使用条款待确认",
            &["code"],
        )
        .row(Row {
            name: boundary.name.clone(),
            geometry: Some(Geometry::Polygon(boundary.outline.clone())),
            precision_m: Some(boundary.precision_m),
            basis: boundary.remark.clone(),
            source: boundary.source.clone(),
            cells: vec![text(&boundary.code)],
        })
        .into_layer(Placement::Approximate)
    }

    fn river_layer(&self) -> Layer {
        let row = |line: &RiverLine| {
            let river = self.rivers.iter().find(|river| river.name == line.river);
            Row {
                name: line.name.clone(),
                geometry: line.line.clone().map(Geometry::LineString),
                precision_m: line.precision_m,
                basis: line.remark.clone(),
                source: line.source.clone(),
                cells: vec![
                    river.map_or(Value::Null, |river| text(&river.group)),
                    class(river.and_then(|river| river.present)),
                    target(river),
                ],
            }
        };
        Table::new(
            "河流",
            LayerKind::River,
            "河线：GSHHG 2.3.7 / WDB-II（LGPL-3+）；类别：规划文本",
            &["group", "class_now", "class_target"],
        )
        .rows(self.geography.river_lines.iter().map(row))
        .into_layer(Placement::Approximate)
    }

    fn section_layer(&self) -> Layer {
        let border = self.border_sections.iter().map(|section| {
            let river = self.rivers.iter().find(|river| river.name == section.river);
            Row {
                name: section.name.clone(),
                geometry: Some(point(section.at)),
                precision_m: Some(section.precision_m),
                basis: section.basis.clone(),
                source: "河线与区界相交计算；目标类别为规划对该河的要求".to_owned(),
                cells: vec![
                    text(&section.river),
                    text(section.role.label()),
                    Value::Null,
                    target(river),
                    Value::Null,
                ],
            }
        });
        let named = self.named_sections.iter().map(|section| Row {
            name: section.name.clone(),
            geometry: None,
            precision_m: None,
            // A month of 2016 is no present class: it stays in words.
            basis: format!(
                "{}为{}类。{}",
                section.observed_month,
                section.observed.map_or("未知", WaterClass::label),
                section.note
            ),
            source: section.source.clone(),
            cells: vec![
                text(&section.river),
                text(&section.role),
                Value::Null,
                class(section.target),
                text(if section.national_auto_station {
                    "国家水质自动站"
                } else {
                    ""
                }),
            ],
        });
        Table::new(
            "水质断面",
            LayerKind::Section,
            "河线与区界相交计算、规划文本、乐山市环境监测中心站2016年2月月报",
            &["river", "role", "class_now", "class_target", "level"],
        )
        .rows(border.chain(named))
        .into_layer(Placement::Approximate)
    }

    fn reservoir_layer(&self) -> Layer {
        let rows = self.reservoirs.iter().map(|reservoir| Row {
            name: reservoir.name.clone(),
            geometry: None,
            precision_m: None,
            basis: reservoir.note.clone(),
            source: plan_source(reservoir.plan_line),
            cells: vec![
                text(&reservoir.town),
                Value::Null,
                text(WaterClass::Iii.label()),
                text(&reservoir.class_remark),
            ],
        });
        Table::new(
            "水库",
            LayerKind::Reservoir,
            "规划文本、剑峰镇情况介绍页",
            &["town", "class_now", "class_target", "remark"],
        )
        .rows(rows)
        .into_layer(Placement::Unlocated)
    }

    fn town_layer(&self) -> Layer {
        let rows = self.geography.towns.iter().map(|town| {
            let kind = if town.name.ends_with("街道") {
                "街道"
            } else {
                "镇"
            };
            place_row(town, vec![text(kind), text(&town.code)])
        });
        Table::new(
            "镇街",
            LayerKind::Town,
            "点：sizhi 3.0.6 乡镇四至框（2019年12月撤并前）；代码：统计用区划代码2023",
            &["kind", "code"],
        )
        .rows(rows)
        .into_layer(Placement::Approximate)
    }

    fn landmark_layer(&self) -> Layer {
        let rows = self
            .geography
            .landmarks
            .iter()
            .map(|landmark| place_row(landmark, vec![text(&landmark.category)]));
        Table::new(
            "地标",
            LayerKind::Landmark,
            "各要素自注；乐山城区：GeoNames（CC BY 4.0）",
            &["category"],
        )
        .rows(rows)
        .into_layer(Placement::Approximate)
    }
}

/// The demonstration red line, with the bureau's columns first.
fn demo_red_line_layer() -> Result<Layer, PlanError> {
    const OWN: [&str; 3] = ["placement", "basis", "source"];

    let collection: FeatureCollection = DEMO_RED_LINE.parse().map_err(unreadable)?;
    let transform = Crs::from_epsg(4523)
        .ok_or_else(|| unreadable("EPSG:4523"))
        .and_then(|crs| Transform::new(crs).map_err(unreadable))?;
    let columns: Vec<String> = collection
        .features
        .first()
        .and_then(|feature| feature.properties.as_ref())
        .map(|properties| properties.keys().cloned().collect())
        .unwrap_or_default();
    let features = collection
        .features
        .iter()
        .zip(1..)
        .map(|(feature, fid)| {
            let metres: Option<Geometry<f64>> = feature
                .geometry
                .as_ref()
                .map(Geometry::try_from)
                .transpose()
                .map_err(unreadable)?;
            let geometry = metres
                .map(|metres| {
                    metres.try_map_coords(|at| {
                        let LonLat { lon, lat } = transform.to_lon_lat(at.x, at.y)?;
                        Ok(Coord { x: lon, y: lat })
                    })
                })
                .transpose()
                .map_err(|err: crate::crs::TransformError| unreadable(err))?;
            let delivered = columns.iter().map(|column| {
                let value = feature.property(column);
                value.map_or(Value::Null, |value| match value.as_f64() {
                    Some(number) => Value::Real(number),
                    None => text(value.as_str().unwrap_or_default()),
                })
            });
            let own = [
                text(Placement::Schematic.code()),
                text("演示用图形，位置、形状和名称均为虚构，只有总面积与规划的0.6657平方公里相同"),
                text("本软件演示数据"),
            ];
            Ok(Feature {
                heights: None,
                fid,
                geometry,
                values: delivered.chain(own).collect(),
            })
        })
        .collect::<Result<_, PlanError>>()?;
    let field = |name: &str| Field {
        name: name.to_owned(),
        field_type: if name == "MJ" {
            FieldType::Real
        } else {
            FieldType::Text
        },
    };
    Ok(Layer {
        roles: crate::model::FieldRoles::default(),
        name: "生态保护红线（示意）".to_owned(),
        kind: LayerKind::RedLine,
        placement: Placement::Schematic,
        source: "本软件演示数据（EPSG:4523），不是官方成果".to_owned(),
        fields: columns
            .iter()
            .map(String::as_str)
            .chain(OWN)
            .map(field)
            .collect(),
        features,
    })
}

/// A layer being filled row by row. Every row says its own grade, precision, basis and source.
struct Table {
    name: &'static str,
    kind: LayerKind,
    source: &'static str,
    fields: Vec<Field>,
    rows: Vec<Row>,
}

/// What every built-in layer tells of a feature, and the cells that only its kind has.
struct Row {
    name: String,
    geometry: Option<Geometry<f64>>,
    precision_m: Option<f64>,
    basis: String,
    source: String,
    cells: Vec<Value>,
}

impl Table {
    fn new(
        name: &'static str,
        kind: LayerKind,
        source: &'static str,
        own_columns: &[&str],
    ) -> Self {
        let field = |name: &str| Field {
            name: name.to_owned(),
            field_type: if name == "precision_m" {
                FieldType::Real
            } else {
                FieldType::Text
            },
        };
        Self {
            name,
            kind,
            source,
            fields: ["name", "placement", "precision_m", "basis", "source"]
                .iter()
                .chain(own_columns)
                .map(|name| field(name))
                .collect(),
            rows: Vec::new(),
        }
    }

    fn row(mut self, row: Row) -> Self {
        self.rows.push(row);
        self
    }

    fn rows(mut self, rows: impl Iterator<Item = Row>) -> Self {
        self.rows.extend(rows);
        self
    }

    fn into_layer(self, placement: Placement) -> Layer {
        let feature = |(row, fid): (Row, i64)| {
            let grade = match row.geometry {
                Some(_) => Placement::Approximate,
                None => Placement::Unlocated,
            };
            let mut values = vec![
                text(&row.name),
                text(grade.code()),
                row.precision_m.map_or(Value::Null, Value::Real),
                text(&row.basis),
                text(&row.source),
            ];
            values.extend(row.cells);
            Feature {
                heights: None,
                fid,
                geometry: row.geometry,
                values,
            }
        };
        Layer {
            roles: crate::model::FieldRoles::default(),
            name: self.name.to_owned(),
            kind: self.kind,
            placement,
            source: self.source.to_owned(),
            fields: self.fields,
            features: self.rows.into_iter().zip(1..).map(feature).collect(),
        }
    }
}

fn place_row(place: &Place, cells: Vec<Value>) -> Row {
    let basis = [&place.point_kind, &place.remark]
        .into_iter()
        .filter(|part| !part.is_empty())
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join("；");
    Row {
        name: place.name.clone(),
        geometry: place.at.map(point),
        precision_m: place.precision_m,
        basis,
        source: place.source.clone(),
        cells,
    }
}

fn point(at: LonLat) -> Geometry<f64> {
    Geometry::Point(Point::new(at.lon, at.lat))
}

/// An empty cell is null, so that QGIS shows it as such.
fn text(cell: &str) -> Value {
    if cell.is_empty() {
        Value::Null
    } else {
        Value::Text(cell.to_owned())
    }
}

fn class(class: Option<WaterClass>) -> Value {
    class.map_or(Value::Null, |class| text(class.label()))
}

fn target(river: Option<&PlanRiver>) -> Value {
    river.map_or(Value::Null, |river| text(&river.target.printed))
}

fn plan_source(line: u32) -> String {
    format!("规划文本第{line}行")
}

fn unreadable(err: impl std::fmt::Display) -> PlanError {
    PlanError::Unreadable {
        file: DEMO_FILE,
        reason: err.to_string(),
    }
}
