//! What a new workspace is filled with: the plan's sites, facts, sourced geometry as layers, and the
//! demonstration red line.
//!
//! Nothing is dropped: what has no known place is a row without geometry, graded 未定位.

use std::collections::BTreeMap;

use geo::{Geometry, MapCoords as _, Point};
use geojson::FeatureCollection;
use rusqlite::{Transaction, params};

use super::error::{Failure, StoreError};
use super::{NewLayer, layers, sites};
use crate::crs::{Crs, LonLat, Transform, TransformError};
use crate::model::{
    Feature, Field, FieldType, Layer, LayerKind, Placement, ProjectSite, SitePlacement, Value,
};
use crate::plan::{self, Plan, PlanRiver, PlanSite};

/// EPSG code of the demonstration red line, as a bureau would deliver it.
const DEMO_EPSG: u32 = 4523;

pub(super) fn fill(transaction: &Transaction<'_>) -> Result<(), Failure> {
    let plan = Plan::load()?;
    for site in &plan.sites {
        sites::insert(transaction, &project_site(site, &plan.placements))?;
    }
    sites::refresh_extent(transaction)?;
    insert_facts(transaction, &plan)?;
    // Bottom first: areas under lines under points.
    for layer in [
        boundary(&plan),
        rivers(&plan),
        demo_red_line()?,
        towns(&plan),
        landmarks(&plan),
        reservoirs(&plan),
        sections(&plan),
    ] {
        let epsg = if layer.kind == LayerKind::RedLine {
            DEMO_EPSG
        } else {
            Crs::Cgcs2000.epsg()
        };
        layers::insert(
            transaction,
            NewLayer {
                layer: &layer,
                source_crs: Some(epsg),
                quarantined: &[],
                issues: &[],
            },
        )?;
    }
    Ok(())
}

fn project_site(
    site: &PlanSite,
    placements: &BTreeMap<crate::model::SiteId, SitePlacement>,
) -> ProjectSite {
    ProjectSite {
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
        placement: placements
            .get(&site.id)
            .cloned()
            .unwrap_or_else(|| SitePlacement {
                grade: Placement::Unlocated,
                at: None,
                precision_m: None,
                basis: String::new(),
            }),
        status_changes: Vec::new(),
        investments: BTreeMap::new(),
    }
}

fn insert_facts(transaction: &Transaction<'_>, plan: &Plan) -> Result<(), Failure> {
    for row in &plan.indicators_13th {
        transaction.execute(
            "INSERT INTO indicator_13th (number, category, name, unit, base_2015, target_2020,
               actual_2020, kind, result, plan_line, note)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![
                row.number,
                row.category,
                row.name,
                row.unit,
                row.base_2015,
                row.target_2020,
                row.actual_2020,
                row.kind.label(),
                row.result,
                row.plan_line,
                row.note,
            ],
        )?;
    }
    for row in &plan.indicators_14th {
        transaction.execute(
            "INSERT INTO indicator_14th (number, category, name, sub_name, unit, base_2020,
               target_2025, kind, plan_line, note)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                row.number,
                row.category,
                row.name,
                row.sub_name,
                row.unit,
                row.base_2020,
                row.target_2025,
                row.kind.label(),
                row.plan_line,
                row.note,
            ],
        )?;
    }
    for row in &plan.tasks {
        transaction.execute(
            "INSERT INTO plan_task (box_number, box_title, number, name, text, plan_line, note)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                row.box_number,
                row.box_title,
                row.number,
                row.name,
                row.text,
                row.plan_line,
                row.note,
            ],
        )?;
    }
    for row in &plan.rules {
        transaction.execute(
            "INSERT INTO spatial_rule (key, kind, title, sentence, distance_m, measured_from,
               applies_to, plan_line, note)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                row.id,
                row.kind.label(),
                row.title,
                row.sentence,
                row.distance_m,
                row.measured_from,
                row.applies_to.join("、"),
                row.plan_line,
                row.note,
            ],
        )?;
    }
    for row in &plan.district.facts {
        transaction.execute(
            "INSERT INTO district_fact (key, label, value, unit, words, plan_line, note)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                row.key,
                row.label,
                row.value,
                row.unit,
                row.words,
                row.plan_line,
                row.note,
            ],
        )?;
    }
    for row in &plan.section_counts {
        transaction.execute(
            "INSERT INTO section_count (kind, level, count, statement, plan_line, note)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                row.kind,
                row.level,
                row.count,
                row.statement,
                row.plan_line,
                row.note,
            ],
        )?;
    }
    Ok(())
}

/// The columns that every built-in layer has, with how sure each feature's place is.
struct Known {
    name: String,
    geometry: Option<Geometry<f64>>,
    precision_m: Option<f64>,
    basis: String,
    source: String,
    /// In the order of the layer's own columns; empty text is an empty cell.
    more: Vec<String>,
}

fn layer(name: &str, kind: LayerKind, source: &str, more: &[&str], rows: Vec<Known>) -> Layer {
    let text_field = |name: &str| Field {
        name: name.to_owned(),
        field_type: FieldType::Text,
    };
    let mut fields: Vec<Field> = ["name", "placement", "precision_m", "basis", "source"]
        .iter()
        .chain(more)
        .map(|name| text_field(name))
        .collect();
    for field in &mut fields {
        if field.name == "precision_m" {
            field.field_type = FieldType::Real;
        }
    }
    let placement = if rows.iter().any(|row| row.geometry.is_some()) {
        Placement::Approximate
    } else {
        Placement::Unlocated
    };
    let features = rows
        .into_iter()
        .zip(1..)
        .map(|(row, fid)| row.into_feature(fid))
        .collect();
    Layer {
        name: name.to_owned(),
        kind,
        placement,
        source: source.to_owned(),
        fields,
        features,
    }
}

impl Known {
    fn into_feature(self, fid: i64) -> Feature {
        let placement = match self.geometry {
            Some(_) => Placement::Approximate,
            None => Placement::Unlocated,
        };
        let mut values = vec![
            text(self.name),
            text(placement.code().to_owned()),
            self.precision_m.map_or(Value::Null, Value::Real),
            text(self.basis),
            text(self.source),
        ];
        values.extend(self.more.into_iter().map(text));
        Feature {
            fid,
            geometry: self.geometry,
            values,
        }
    }
}

fn text(text: String) -> Value {
    if text.is_empty() {
        Value::Null
    } else {
        Value::Text(text)
    }
}

/// What is said, without what is not.
fn joined(parts: &[&str]) -> String {
    let said: Vec<&str> = parts
        .iter()
        .copied()
        .filter(|part| !part.is_empty())
        .collect();
    said.join("；")
}

fn point(at: LonLat) -> Geometry<f64> {
    Point::new(at.lon, at.lat).into()
}

fn boundary(plan: &Plan) -> Layer {
    let known = &plan.geography.boundary;
    layer(
        "市中区边界",
        LayerKind::Boundary,
        &known.source,
        &["code"],
        vec![Known {
            name: known.name.clone(),
            geometry: Some(known.outline.clone().into()),
            precision_m: Some(known.precision_m),
            basis: known.remark.clone(),
            source: known.source.clone(),
            more: vec![known.code.clone()],
        }],
    )
}

fn plan_river<'a>(plan: &'a Plan, name: &str) -> Option<&'a PlanRiver> {
    plan.rivers.iter().find(|river| river.name == name)
}

fn rivers(plan: &Plan) -> Layer {
    let rows = plan.geography.river_lines.iter().map(|line| {
        let river = plan_river(plan, &line.river);
        Known {
            name: line.name.clone(),
            geometry: line.line.clone().map(Geometry::from),
            precision_m: line.precision_m,
            basis: joined(&[&line.remark, river.map_or("", |river| &river.note)]),
            source: line.source.clone(),
            more: vec![
                line.river.clone(),
                river.map(|river| river.group.clone()).unwrap_or_default(),
                river
                    .and_then(|river| river.present)
                    .map(|class| class.label().to_owned())
                    .unwrap_or_default(),
                river
                    .map(|river| river.target.printed.clone())
                    .unwrap_or_default(),
            ],
        }
    });
    layer(
        "河流",
        LayerKind::River,
        "规划文本（类别与目标）；河线来源见各要素",
        &["river", "group", "class_now", "class_target"],
        rows.collect(),
    )
}

fn towns(plan: &Plan) -> Layer {
    let rows = plan.geography.towns.iter().map(|place| {
        let town = plan.towns.iter().find(|town| town.name == place.name);
        let kind = match town {
            Some(town) => town.kind.clone(),
            None if place.name.ends_with("街道") => "街道".to_owned(),
            None => "镇".to_owned(),
        };
        Known {
            name: place.name.clone(),
            geometry: place.at.map(point),
            precision_m: place.precision_m,
            basis: joined(&[&place.point_kind, &place.remark]),
            source: place.source.clone(),
            more: vec![kind, place.code.clone()],
        }
    });
    layer(
        "镇街",
        LayerKind::Town,
        "规划文本（名称）；位置来源见各要素",
        &["kind", "code"],
        rows.collect(),
    )
}

fn landmarks(plan: &Plan) -> Layer {
    let rows = plan.geography.landmarks.iter().map(|place| Known {
        name: place.name.clone(),
        geometry: place.at.map(point),
        precision_m: place.precision_m,
        basis: joined(&[&place.point_kind, &place.remark]),
        source: place.source.clone(),
        more: vec![place.category.clone()],
    });
    layer(
        "地标",
        LayerKind::Landmark,
        "来源见各要素",
        &["category"],
        rows.collect(),
    )
}

fn reservoirs(plan: &Plan) -> Layer {
    let rows = plan.reservoirs.iter().map(|reservoir| Known {
        name: reservoir.name.clone(),
        geometry: None,
        precision_m: None,
        basis: "规划和公开资料都没有给出坐标".to_owned(),
        source: joined(&[
            &format!("规划第 {} 行", reservoir.plan_line),
            &reservoir.town_source,
            &reservoir.scale_source,
        ]),
        more: vec![
            reservoir.town.clone(),
            // The plan says only whether a reservoir meets its class, not which class it has.
            String::new(),
            if reservoir.class_remark.contains("Ⅲ类水域功能区") {
                "Ⅲ".to_owned()
            } else {
                String::new()
            },
            joined(&[&reservoir.class_remark, &reservoir.scale, &reservoir.note]),
        ],
    });
    layer(
        "水库",
        LayerKind::Reservoir,
        "规划文本",
        &["town", "class_now", "class_target", "remark"],
        rows.collect(),
    )
}

/// Crossings of the boundary, which have a place, then the monitoring sections, which have only names.
fn sections(plan: &Plan) -> Layer {
    let crossings = plan.border_sections.iter().map(|section| Known {
        name: section.name.clone(),
        geometry: Some(point(section.at)),
        precision_m: Some(section.precision_m),
        basis: section.basis.clone(),
        source: "河线与区界求交".to_owned(),
        more: vec![
            section.river.clone(),
            section.role.label().to_owned(),
            String::new(),
            plan_river(plan, &section.river)
                .map(|river| river.target.printed.clone())
                .unwrap_or_default(),
            String::new(),
            String::new(),
            String::new(),
        ],
    });
    let named = plan.named_sections.iter().map(|section| Known {
        name: section.name.clone(),
        geometry: None,
        precision_m: None,
        basis: section.note.clone(),
        source: section.source.clone(),
        more: vec![
            section.river.clone(),
            section.role.clone(),
            // One month of years ago is no present class: it stands in its own columns.
            String::new(),
            section
                .target
                .map(|class| class.label().to_owned())
                .unwrap_or_default(),
            if section.national_auto_station {
                "国家水质自动站".to_owned()
            } else {
                String::new()
            },
            section
                .observed
                .map(|class| class.label().to_owned())
                .unwrap_or_default(),
            section.observed_month.clone(),
        ],
    });
    layer(
        "水质断面",
        LayerKind::Section,
        "规划文本（目标）；位置与名称来源见各要素",
        &[
            "river",
            "role",
            "class_now",
            "class_target",
            "level",
            "class_observed",
            "observed_month",
        ],
        crossings.chain(named).collect(),
    )
}

/// Made up from end to end, in a bureau's form; columns as in its file.
fn demo_red_line() -> Result<Layer, Failure> {
    let unreadable = |reason: String| Failure::from(StoreError::BuiltIn(reason));
    let collection: FeatureCollection = plan::DEMO_RED_LINE
        .parse()
        .map_err(|err: geojson::Error| unreadable(err.to_string()))?;
    let crs = Crs::from_epsg(DEMO_EPSG).ok_or_else(|| unreadable("EPSG:4523".to_owned()))?;
    let transform = Transform::new(crs).map_err(|err| unreadable(err.to_string()))?;
    let fields: Vec<Field> = collection
        .features
        .first()
        .and_then(|feature| feature.properties.as_ref())
        .into_iter()
        .flatten()
        .map(|(name, value)| Field {
            name: name.clone(),
            field_type: if value.is_number() {
                FieldType::Real
            } else {
                FieldType::Text
            },
        })
        .collect();
    let mut features = Vec::new();
    for (feature, fid) in collection.features.into_iter().zip(1..) {
        let values = fields
            .iter()
            .map(|field| match feature.property(&field.name) {
                Some(serde_json::Value::String(text)) => Value::Text(text.clone()),
                Some(value) => value.as_f64().map_or(Value::Null, Value::Real),
                None => Value::Null,
            })
            .collect();
        let planar = feature
            .geometry
            .map(Geometry::<f64>::try_from)
            .transpose()
            .map_err(|err| unreadable(err.to_string()))?;
        let geometry = planar
            .map(|planar| {
                planar.try_map_coords(|at| {
                    let at = transform.to_lon_lat(at.x, at.y)?;
                    Ok::<_, TransformError>(geo::coord! { x: at.lon, y: at.lat })
                })
            })
            .transpose()
            .map_err(|err| unreadable(err.to_string()))?;
        features.push(Feature {
            fid,
            geometry,
            values,
        });
    }
    Ok(Layer {
        name: "生态保护红线（示意）".to_owned(),
        kind: LayerKind::RedLine,
        placement: Placement::Schematic,
        source: "演示数据，图形为虚构，不代表实际红线".to_owned(),
        fields,
        features,
    })
}
