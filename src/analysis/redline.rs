//! Does a delivered layer agree with the plan, with its own area column and with the district?
//!
//! The plan's figure comes in as a parameter: this module knows no plan.

use geo::Geometry;

use super::district::District;
use crate::crs::{Extent, geodesic_area_m2};
use crate::model::{Action, Issue, IssueCode, Layer, Value};

/// The plan prints four decimals of a km², so half of the last one is agreement.
pub const PLAN_TOLERANCE_KM2: f64 = 0.000_05;

/// An area column and the computed area agree to this share: planar areas of a 3° zone do.
const AREA_TOLERANCE: f64 = 0.001;

/// What offices call a feature's area.
const AREA_COLUMNS: [&str; 6] = ["MJ", "QYMJ", "TBMJ", "HXMJ", "SHAPE_AREA", "面积"];

/// Names and m² of the units in use. 亩 is 10 000 ⁄ 15 m².
const AREA_UNITS: [(&str, f64); 4] = [
    ("平方米", 1.0),
    ("公顷", 10_000.0),
    ("亩", 10_000.0 / 15.0),
    ("平方千米", 1_000_000.0),
];

/// The layer's total against the plan's figure; `None`: they agree.
pub fn compare_with_plan(layer: &Layer, plan_km2: f64) -> Option<Issue> {
    let total_km2 = layer.area_m2() / 1e6;
    let difference = total_km2 - plan_km2;
    // The tolerance itself is agreement, whatever the last bit of a binary fraction says.
    (difference.abs() > PLAN_TOLERANCE_KM2 + 1e-12).then(|| Issue {
        at: None,
        feature: None,
        code: IssueCode::PlanTotalDiffers,
        message: format!(
            "图层总面积 {total_km2:.4} km²，规划为 {plan_km2:.4} km²，相差 {difference:+.4} km²"
        ),
        action: Action::Kept,
    })
}

/// The column that the user calls the area, else the first one named so, against the computed areas. Its unit is whatever fits the middle feature.
pub fn compare_area_columns(layer: &Layer) -> Vec<Issue> {
    let named = (layer.roles.area.as_deref()).and_then(|name| layer.field_index(name));
    let column = named.or_else(|| {
        (layer.fields.iter())
            .position(|field| AREA_COLUMNS.contains(&field.name.to_uppercase().as_str()))
    });
    let Some((column, field)) = column.and_then(|at| Some((at, layer.fields.get(at)?))) else {
        return Vec::new();
    };
    // (fid, as written, computed m²)
    let areas: Vec<(i64, f64, f64)> = layer
        .features
        .iter()
        .filter_map(|feature| {
            let written = number(feature.values.get(column)?)?;
            let area_m2 = geodesic_area_m2(feature.geometry.as_ref()?);
            (written > 0.0 && area_m2 > 0.0).then_some((feature.fid, written, area_m2))
        })
        .collect();
    let Some((unit, unit_m2)) = guess_unit(&areas) else {
        return Vec::new();
    };
    areas
        .into_iter()
        .filter(|(_, written, area_m2)| {
            (written * unit_m2 - area_m2).abs() > AREA_TOLERANCE * area_m2
        })
        .map(|(fid, written, area_m2)| Issue {
            at: None,
            feature: usize::try_from(fid).ok(),
            code: IssueCode::AreaDiffers,
            message: format!(
                "{} 为 {written} {unit}（按数值判断的单位），按图形计算为 {:.2} 平方米，相差 {:+.2} %",
                field.name,
                area_m2,
                (written * unit_m2 / area_m2 - 1.0) * 100.0
            ),
            action: Action::Kept,
        })
        .collect()
}

/// Numbers typed as text are numbers here.
fn number(value: &Value) -> Option<f64> {
    value
        .as_f64()
        .or_else(|| value.as_text()?.trim().parse().ok())
        .filter(|number| number.is_finite())
}

/// The unit nearest to the median ratio; `None` where no unit is near (degrees², say).
fn guess_unit(areas: &[(i64, f64, f64)]) -> Option<(&'static str, f64)> {
    let mut ratios: Vec<f64> = areas
        .iter()
        .map(|(_, written, area_m2)| area_m2 / written)
        .collect();
    ratios.sort_by(f64::total_cmp);
    let median = ratios.get(ratios.len() / 2)?;
    AREA_UNITS
        .into_iter()
        .find(|(_, unit_m2)| (0.5..2.0).contains(&(median / unit_m2)))
}

/// Features that lie wholly outside the district: outside its boundary, or where that is not known, outside
/// the rectangle around it. When all do, that is one remark on the file.
pub fn outside_district(
    layer: &Layer,
    extent: Extent,
    boundary: Option<&Geometry<f64>>,
) -> Vec<Issue> {
    let district = boundary.and_then(District::new);
    let is_outside = |geometry: &Geometry<f64>| match &district {
        Some(district) => !district.touches(geometry),
        None => Extent::of_geometry(geometry).is_some_and(|own| !own.intersects(extent)),
    };
    let outside: Vec<i64> = layer
        .features
        .iter()
        .filter(|feature| feature.geometry.as_ref().is_some_and(is_outside))
        .map(|feature| feature.fid)
        .collect();
    let placed = (layer.features.iter())
        .filter(|feature| feature.geometry.is_some())
        .count();
    let issue = |feature, message: &str| Issue {
        at: None,
        feature,
        code: IssueCode::OutsideDistrict,
        message: message.to_owned(),
        action: Action::Kept,
    };
    if outside.len() == placed && placed > 1 {
        return vec![issue(None, "全部要素都在本区范围之外，请核对坐标系")];
    }
    outside
        .into_iter()
        .map(|fid| issue(usize::try_from(fid).ok(), "位于本区范围之外"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Feature, Field, FieldType, LayerKind, Placement};

    /// Squares of 0.001°, each with its area as written.
    fn layer(written: &[Value]) -> Layer {
        let square = |west: f64| geo::Rect::new((west, 29.5), (west + 0.001, 29.501)).to_polygon();
        Layer {
            roles: crate::model::FieldRoles::default(),
            name: "红线".to_owned(),
            kind: LayerKind::RedLine,
            placement: Placement::Surveyed,
            source: String::new(),
            fields: vec![Field {
                name: "mj".to_owned(),
                field_type: FieldType::Real,
            }],
            features: (1..)
                .zip(written)
                .map(|(fid, value)| Feature {
                    heights: None,
                    fid,
                    geometry: Some(square(103.7 + fid as f64 * 0.01).into()),
                    values: vec![value.clone()],
                })
                .collect(),
        }
    }

    fn square_m2() -> f64 {
        layer(&[Value::Null]).area_m2()
    }

    #[test]
    fn the_total_agrees_to_half_of_the_last_printed_decimal() {
        let layer = layer(&[Value::Null]);
        let km2 = square_m2() / 1e6;
        assert_eq!(compare_with_plan(&layer, km2 + 0.000_049), None);
        let issue = compare_with_plan(&layer, km2 + 0.000_051).unwrap();
        assert_eq!(issue.code, IssueCode::PlanTotalDiffers);
    }

    #[test]
    fn the_area_columns_unit_is_found_and_one_wrong_figure_reported() {
        for (_, unit_m2) in AREA_UNITS {
            let right = square_m2() / unit_m2;
            let text = Value::Text(right.to_string());
            let issues = compare_area_columns(&layer(&[
                Value::Real(right),
                text,
                Value::Real(right * 1.0005),
                Value::Real(right * 1.01),
            ]));
            let features: Vec<_> = issues.iter().map(|issue| issue.feature).collect();
            assert_eq!(features, [Some(4)], "{unit_m2}");
        }
    }

    #[test]
    fn square_degrees_are_no_unit_and_cause_no_alarm() {
        let square_degrees = Value::Real(1e-6);
        assert_eq!(compare_area_columns(&layer(&[square_degrees])), []);
    }

    #[test]
    fn features_outside_the_district_are_named_and_all_outside_is_one_remark() {
        let layer = layer(&[Value::Null, Value::Null]);
        let district = |west| Extent {
            west,
            south: 29.0,
            east: west + 0.005,
            north: 30.0,
        };
        let one = outside_district(&layer, district(103.71), None);
        assert_eq!(one.len(), 1);
        assert_eq!(one[0].feature, Some(2));
        let all = outside_district(&layer, district(100.0), None);
        assert_eq!((all.len(), all[0].feature), (1, None));
    }
}
