//! A layer as a `GeoPackage` of its own, for QGIS, ArcGIS and other offices.
//!
//! The same tables as in a workspace and nothing of ours: no history, no ledger. It comes to be whole or not
//! at all, and never over a workspace.

use std::path::Path;

use geo::{Coord, Geometry, MapCoords};
use rusqlite::{Transaction, params};

use super::connection::{self, APPLICATION_ID, USER_VERSION};
use super::create::{in_place_of, unfinished_database};
use super::error::{Failure, StoreError};
use super::feature_table::{self, Cell};
use super::foreign_tables::PLACEMENT;
use super::names::{self, quoted};
use super::{blob, foreign_open, layers, migrate, rtree, srs};
use crate::crs::{Crs, Extent, LonLat, Transform};
use crate::jobs::Progress;
use crate::model::{FieldType, Layer, Value};

/// A layer on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WrittenGeoPackage {
    pub features: usize,
    /// Columns that had to be called otherwise: the old name and the new.
    pub renamed: Vec<(String, String)>,
}

/// Is this file a workspace, and not just any `GeoPackage`? A look at its first pages, nothing is changed.
pub fn is_workspace(path: &Path) -> bool {
    foreign_open::immutable(path)
        .and_then(|connection| migrate::version(&connection))
        .is_ok_and(|version| version.is_some())
}

/// Write a layer in a coordinate system, with heights where it has them.
pub fn write_geopackage(
    path: &Path,
    layer: &Layer,
    crs: Crs,
    overwrite: bool,
    progress: &Progress,
) -> Result<WrittenGeoPackage, StoreError> {
    refuse(path, overwrite)?;
    let transform = Transform::new(crs).map_err(|_unknown| not_in(path, crs))?;
    in_place_of(path, overwrite, |unfinished| {
        let mut connection = unfinished_database(unfinished)?;
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        connection.pragma_update(None, "user_version", USER_VERSION)?;
        let transaction = connection.transaction()?;
        transaction.execute_batch(include_str!("standalone.sql"))?;
        for crs in [Crs::Wgs84, Crs::Cgcs2000, crs] {
            srs::define(&transaction, crs)?;
        }
        let writing = Writing {
            transaction: &transaction,
            table: table_name(&layer.name),
            layer,
            srs_id: srs::id(crs),
            progress,
        };
        let place = |geometry: &Geometry<f64>| {
            geometry.try_map_coords(|at| {
                let (x, y) = transform.from_lon_lat(LonLat::new(at.x, at.y))?;
                Ok::<_, crate::crs::TransformError>(Coord { x, y })
            })
        };
        let written = writing.run(&|geometry| {
            place(geometry).map_err(|_outside| Failure::Refused(not_in(path, crs)))
        })?;
        transaction.commit()?;
        connection.close().map_err(|(_, err)| err)?;
        Ok(written)
    })
}

fn not_in(path: &Path, crs: Crs) -> StoreError {
    StoreError::NotInCrs {
        path: path.to_owned(),
        crs,
    }
}

/// What must not be written over.
fn refuse(path: &Path, overwrite: bool) -> Result<(), StoreError> {
    let path_buf = || path.to_owned();
    if path.is_dir() {
        return Err(StoreError::Directory { path: path_buf() });
    }
    if !path.exists() {
        return Ok(());
    }
    if !overwrite {
        return Err(StoreError::Exists { path: path_buf() });
    }
    if is_workspace(path) {
        return Err(StoreError::IsWorkspace { path: path_buf() });
    }
    // SQLite would take the log of the old file for that of the new one.
    if connection::has_unfinished_business(path) {
        return Err(StoreError::Locked { path: path_buf() });
    }
    Ok(())
}

/// The layer's own name, which is what QGIS shows; but not one that the standard or SQLite keeps for itself.
fn table_name(layer: &str) -> String {
    let name: String = (layer.trim().chars())
        .map(|c| if c.is_control() || c == '"' { '_' } else { c })
        .collect();
    let small = name.to_ascii_lowercase();
    let reserved = ["gpkg_", "sqlite_", "rtree_"];
    if name.is_empty() {
        "layer".to_owned()
    } else if reserved.iter().any(|start| small.starts_with(start)) {
        format!("layer_{name}")
    } else {
        name
    }
}

struct Writing<'a> {
    transaction: &'a Transaction<'a>,
    table: String,
    layer: &'a Layer,
    srs_id: i32,
    progress: &'a Progress,
}

/// Puts a geometry into the file's system.
type Place<'a> = &'a dyn Fn(&Geometry<f64>) -> Result<Geometry<f64>, Failure>;

impl Writing<'_> {
    fn run(&self, place: Place<'_>) -> Result<WrittenGeoPackage, Failure> {
        let fields = &self.layer.fields;
        let names = names::columns(fields.iter().map(|field| field.name.as_str()));
        let types: Vec<FieldType> = (fields.iter().enumerate())
            .map(|(at, field)| feature_table::fitting_type(self.layer, at, field.field_type))
            .collect();
        self.create_table(&names, &types)?;
        let extent = self.insert(&names, &types, place)?;
        rtree::add_triggers(self.transaction, &self.table)?;
        layers::set_extent(self.transaction, &self.table, extent)?;
        let renamed = (fields.iter().zip(names))
            .filter(|(field, name)| field.name != *name)
            .map(|(field, name)| (field.name.clone(), name));
        Ok(WrittenGeoPackage {
            features: self.layer.features.len(),
            renamed: renamed.collect(),
        })
    }

    fn create_table(&self, names: &[String], types: &[FieldType]) -> Result<(), Failure> {
        let geometry_type = feature_table::geometry_type(self.layer);
        let mut sql = format!(
            "CREATE TABLE {} (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom {geometry_type}",
            quoted(&self.table)
        );
        for (name, field_type) in names.iter().zip(types) {
            for part in [
                ", ",
                &quoted(name),
                " ",
                feature_table::type_code(*field_type),
            ] {
                sql.push_str(part);
            }
        }
        sql.push(')');
        self.transaction.execute_batch(&sql)?;
        let layer = self.layer;
        let placement = layer.placement;
        self.transaction.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id)
             VALUES (?1, 'features', ?2, ?3, ?4)",
            params![
                self.table,
                if layer.name.is_empty() {
                    &self.table
                } else {
                    &layer.name
                },
                // So that a schematic layer read back still says that it is one.
                format!(
                    "{}（{}，{PLACEMENT}{}）",
                    layer.source,
                    placement.label(),
                    placement.code()
                ),
                self.srs_id,
            ],
        )?;
        self.transaction.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?1, 'geom', ?2, ?3, ?4, 0)",
            params![
                self.table,
                geometry_type,
                self.srs_id,
                feature_table::heights_code(layer),
            ],
        )?;
        rtree::create(self.transaction, &self.table)?;
        Ok(())
    }

    fn insert(
        &self,
        names: &[String],
        types: &[FieldType],
        place: Place<'_>,
    ) -> Result<Option<Extent>, Failure> {
        let features = &self.layer.features;
        let mut insert = self.transaction.prepare(&format!(
            "INSERT INTO {} (fid, geom{}) VALUES (?, ?{})",
            quoted(&self.table),
            names::further(names.iter().map(String::as_str)),
            ", ?".repeat(names.len()),
        ))?;
        let mut index = (self.transaction).prepare(&rtree::insert_sql(&self.table))?;
        let keep_fids = feature_table::are_keys(features);
        let mut whole: Option<Extent> = None;
        for (place_in_file, (feature, number)) in features.iter().zip(1_i64..).enumerate() {
            self.progress
                .step(place_in_file, features.len())
                .map_err(|_cancelled| Failure::Refused(StoreError::ExportCancelled))?;
            let fid = if keep_fids { feature.fid } else { number };
            let placed = feature.geometry.as_ref().map(place).transpose()?;
            let stored = (placed.as_ref())
                .map(|geometry| blob::encode_as(geometry, feature.heights.as_deref(), self.srs_id));
            insert.raw_bind_parameter(1, fid)?;
            insert.raw_bind_parameter(2, stored)?;
            for (at, field_type) in types.iter().enumerate() {
                let value = feature.values.get(at).unwrap_or(&Value::Null);
                insert.raw_bind_parameter(at + 3, Cell(value, *field_type))?;
            }
            insert.raw_execute()?;
            if let Some(extent) = placed.as_ref().and_then(Extent::of_geometry) {
                let Extent {
                    west,
                    south,
                    east,
                    north,
                } = extent;
                index.execute(params![fid, west, east, south, north])?;
                whole = Some(whole.map_or(extent, |so_far| so_far.union(extent)));
            }
        }
        Ok(whole)
    }
}
