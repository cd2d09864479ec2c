//! KML, also from within a .kmz ([`Source`] has unpacked it): placemarks with their folders, attributes and
//! geometry. Links to the network are noted, never followed.
//!
//! Must not know which coordinate system is decided on, nor what a layer means.

use geo::Geometry;

use super::heights::Heights;
use super::issue_log::IssueLog;
use super::kml_geometry::{self, Fault, Shape};
use super::kml_table;
use super::raw::{Declared, NotRead, RawFeature, RawFile, RawLayer, RawText};
use super::source::Source;
use super::xml::{Element, MAX_WOUNDS, Part, Wound, Xml};
use super::{ReadOptions, encoding};
use crate::crs::Crs;
use crate::jobs::Progress;
use crate::model::{Action, FieldType, IssueCode, Value};

/// The column that says in which folders a placemark lay.
const FOLDER: &str = "文件夹";

/// Letters of a folder's name, and bytes of a path after which no further folder is added: every placemark
/// carries the path, so that a small file could come to an enormous one.
const FOLDER_NAME: usize = 200;
const FOLDER_PATH: usize = 1000;

const DESCRIPTION: &str = "description";

pub(super) fn read<'a>(
    source: &'a Source<'_>,
    options: &ReadOptions,
    log: &mut IssueLog,
    progress: &Progress,
) -> Result<RawFile<'a>, NotRead> {
    let decoded = encoding::decode_reported(&source.bytes, &options.encoding, log)?;
    let mut reader = Reader {
        xml: Xml::new(&decoded.text),
        length: decoded.text.len(),
        layer: RawLayer::default(),
        folders: Vec::new(),
        schema: Vec::new(),
        skipped: Vec::new(),
        wound: None,
        wounds: 0,
        attributes: Vec::new(),
    };
    reader.document(log, progress)?;
    let (mut layer, cut_short) = reader.finish(log);
    // The standard knows no other.
    layer.declared = Declared::Known(Crs::Wgs84);
    Ok(RawFile::of_text(vec![layer], decoded, cut_short))
}

struct Reader<'t> {
    xml: Xml<'t>,
    length: usize,
    layer: RawLayer,
    /// Names of the folders around, outermost first; the document itself is the first.
    folders: Vec<String>,
    /// Columns that a schema declares, in its order.
    schema: Vec<(String, FieldType)>,
    /// What is no feature, and how often: overlays, links.
    skipped: Vec<(&'static str, usize)>,
    wound: Option<Wound>,
    wounds: usize,
    /// Of each feature: which columns they become shows when all are read.
    attributes: Vec<Attributes>,
}

/// As its schema has it; text that is not what it should be stays text.
fn typed(schema: &[(String, FieldType)], name: &str, text: String) -> Value {
    let declared = schema.iter().find(|(known, _)| known == name);
    let value = match declared.map(|(_, field_type)| field_type) {
        Some(FieldType::Integer) => text.parse().ok().map(Value::Integer),
        Some(FieldType::Real) => (text.parse::<f64>().ok())
            .filter(|number| number.is_finite())
            .map(Value::Real),
        Some(FieldType::Boolean) => match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(Value::Boolean(true)),
            "false" | "0" => Some(Value::Boolean(false)),
            _ => None,
        },
        Some(FieldType::Text) | None => None,
    };
    value.unwrap_or(Value::Text(text))
}

/// Names and values, in the order of the file.
type Attributes = Vec<(String, String)>;

/// A placemark as its elements are read.
#[derive(Default)]
struct Placemark {
    attributes: Vec<(String, String)>,
    shapes: Vec<Shape>,
    fault: Option<Fault>,
    unknown: Option<String>,
}

impl Reader<'_> {
    fn document(&mut self, log: &mut IssueLog, progress: &Progress) -> Result<(), NotRead> {
        loop {
            progress.step(self.xml.at(), self.length * 2)?;
            let at = self.xml.at();
            match self.xml.next() {
                Ok(Part::Open(element)) => match element.name.as_str() {
                    "Placemark" => self.placemark(&element, log),
                    "Folder" | "Document" => self.folders.push(String::new()),
                    "NetworkLink" => self.skip("网络链接"),
                    "GroundOverlay" | "ScreenOverlay" | "PhotoOverlay" => self.skip("图像"),
                    "Tour" => self.skip("漫游"),
                    "SimpleField" => self.declare(&element),
                    _ => {}
                },
                Ok(Part::Close { name, text, .. }) => match name.as_str() {
                    "Folder" | "Document" => {
                        self.folders.pop();
                    }
                    // Only a folder's own name is met here: a placemark reads its own.
                    "name" => {
                        let name = text.trim();
                        if let Some(folder) = self.folders.last_mut().filter(|old| old.is_empty()) {
                            *folder = name.chars().take(FOLDER_NAME).collect();
                            if self.folders.len() == 1 && self.layer.name.is_none() {
                                self.layer.name = Some(name.to_owned());
                            }
                        }
                    }
                    _ => {}
                },
                Ok(Part::End) => return Ok(()),
                Err(wound) => {
                    self.wound = Some(wound);
                    self.wounds += 1;
                    match self.xml.find_open(&["Placemark"], at + 1) {
                        Some(next) => self.xml.jump(next),
                        None => return Ok(()),
                    }
                }
            }
        }
    }

    fn declare(&mut self, field: &Element<'_>) {
        let name = column(&field.attribute("name").unwrap_or_default());
        let field_type = match field.attribute("type").unwrap_or_default().as_str() {
            "int" | "uint" | "short" | "ushort" => FieldType::Integer,
            "double" | "float" => FieldType::Real,
            "bool" => FieldType::Boolean,
            _ => FieldType::Text,
        };
        match self.schema.iter_mut().find(|(known, _)| *known == name) {
            // Two schemas that do not agree.
            Some((_, known)) if *known != field_type => *known = FieldType::Text,
            Some(_) => {}
            None => self.schema.push((name, field_type)),
        }
    }

    fn skip(&mut self, what: &'static str) {
        match self.skipped.iter_mut().find(|(name, _)| *name == what) {
            Some((_, count)) => *count += 1,
            None => self.skipped.push((what, 1)),
        }
    }

    fn placemark(&mut self, element: &Element<'_>, log: &mut IssueLog) {
        self.layer.read += 1;
        let number = self.layer.read;
        let start = element.start;
        let mut placemark = Placemark::default();
        let end = match self.elements(&mut placemark) {
            Ok(end) => end,
            Err(wound) => {
                self.wounds += 1;
                let next = (self.xml.find_open(&["Placemark"], start + 1))
                    .filter(|_| self.wounds < MAX_WOUNDS);
                let end = next.unwrap_or(self.length);
                let (code, reason) = match (wound, next) {
                    (Wound::Early, Some(_)) => Wound::Broken.of_feature(),
                    _ => wound.of_feature(),
                };
                log.quarantine(number, code, reason, self.xml.slice(start..end));
                if next.is_none() {
                    self.wound = Some(wound);
                }
                self.xml.jump(end);
                return;
            }
        };
        let Placemark {
            mut attributes,
            shapes,
            fault,
            unknown,
        } = placemark;
        let geometry = match (fault, unknown) {
            (Some(fault), _) => Err(fault),
            (None, Some(name)) if shapes.is_empty() => Err(Fault {
                code: IssueCode::UnknownGeometryType,
                message: format!("图形“{name}”不能导入"),
            }),
            _ => Ok(geometry(number, &shapes, log)),
        };
        let mut heights = Heights::default();
        for shape in &shapes {
            heights.extend(shape.heights.clone());
        }
        let geometry = match geometry {
            Ok(geometry) => geometry,
            Err(Fault { code, message }) => {
                log.quarantine(number, code, message, self.xml.slice(start..end));
                return;
            }
        };
        // The document is the layer itself.
        let path = self.folder_path();
        if !path.is_empty() {
            attributes.push((FOLDER.to_owned(), path));
        }
        self.attributes.push(attributes);
        self.layer.features.push(RawFeature {
            number,
            geometry,
            heights,
            row: Vec::new(),
            text: RawText::Span(start..end),
        });
    }

    fn folder_path(&self) -> String {
        let mut path = String::new();
        let names = self.folders.iter().skip(1).filter(|name| !name.is_empty());
        for name in names {
            if path.len() > FOLDER_PATH {
                break;
            }
            if !path.is_empty() {
                path.push('/');
            }
            path.push_str(name);
        }
        path
    }

    /// All of a placemark; returns where it ends.
    fn elements(&mut self, placemark: &mut Placemark) -> Result<usize, Wound> {
        // Of the `Data` that is open.
        let mut data = String::new();
        // Names of the elements around, the placemark itself left out.
        let mut around: Vec<String> = Vec::new();
        loop {
            match self.xml.next()? {
                Part::Open(element) => {
                    match element.name.as_str() {
                        "Point" | "LineString" | "LinearRing" | "Polygon" | "Track" => {
                            match kml_geometry::read(&mut self.xml, &element.name)? {
                                Ok(shape) => placemark.shapes.extend(shape),
                                Err(fault) => {
                                    placemark.fault.get_or_insert(fault);
                                }
                            }
                            continue;
                        }
                        "Model" => placemark.unknown = Some(element.name.clone()),
                        "Data" | "SimpleData" | "SimpleArrayData" => {
                            data = element.attribute("name").unwrap_or_default();
                        }
                        _ => {}
                    }
                    around.push(element.name);
                }
                Part::Close { name, text, end } => {
                    if around.pop().is_none() {
                        return Ok(end);
                    }
                    let text = text.trim();
                    let inside = |parent: &str| around.last().is_some_and(|name| name == parent);
                    match name.as_str() {
                        "name" | "description" | "address" if around.is_empty() => {
                            placemark.attributes.push((name, text.to_owned()));
                        }
                        "SimpleData" => placemark.attributes.push((column(&data), text.to_owned())),
                        "value" if inside("Data") => {
                            placemark.attributes.push((column(&data), text.to_owned()));
                        }
                        "when" | "begin" | "end" if inside("TimeStamp") || inside("TimeSpan") => {
                            placemark.attributes.push((name, text.to_owned()));
                        }
                        _ => {}
                    }
                }
                Part::End => return Err(Wound::Early),
            }
        }
    }

    /// Attributes to columns; the tables in the descriptions as well, where all have the same rows.
    fn fill_rows(&mut self, log: &mut IssueLog) {
        let mut attributes = std::mem::take(&mut self.attributes);
        unfold_tables(&mut attributes);
        // So that a column that no placemark fills stays, and all stand in the order of the schema.
        if let Some(first) = self.layer.features.first_mut() {
            for (name, _) in &self.schema {
                (self.layer.columns).set(0, &mut first.row, name, Value::Null);
            }
        }
        for (feature, attributes) in self.layer.features.iter_mut().zip(attributes) {
            for (name, text) in attributes {
                if text.is_empty() {
                    continue;
                }
                let value = typed(&self.schema, &name, text);
                let columns = &mut self.layer.columns;
                if !columns.set(feature.number, &mut feature.row, &name, value) {
                    let message = format!("属性“{name}”出现两次，以最后一个为准");
                    log.kept(feature.number, IssueCode::DuplicateKey, message);
                }
            }
        }
    }

    fn finish(mut self, log: &mut IssueLog) -> (RawLayer, bool) {
        self.fill_rows(log);
        for (what, count) in self.skipped {
            let (code, why) = if what == "网络链接" {
                (IssueCode::LinkIgnored, "未打开，其内容未读取")
            } else {
                (IssueCode::EntitySkipped, "不是要素，未读取")
            };
            log.file(code, Action::Kept, format!("{count} 个{what}{why}"));
        }
        let cut_short = self.wound == Some(Wound::Early);
        let read = self.layer.read;
        match self.wound {
            Some(Wound::Early) => log.file(
                IssueCode::Truncated,
                Action::Kept,
                format!("文件不完整，在读到第 {read} 个要素处中断，其后的内容已丢失"),
            ),
            Some(Wound::Broken | Wound::TooDeep) => log.file(
                IssueCode::Truncated,
                Action::Kept,
                "文件中有标签不配对，已跳过损坏处继续读取",
            ),
            None => {}
        }
        (self.layer, cut_short)
    }
}

fn geometry(number: usize, shapes: &[Shape], log: &mut IssueLog) -> Option<Geometry<f64>> {
    let closed: usize = shapes.iter().map(|shape| shape.closed_rings).sum();
    if closed > 0 {
        let message = format!("{closed} 个环首尾不相接，已闭合");
        log.repaired(number, IssueCode::UnclosedRing, message);
    }
    let geometry = kml_geometry::together(shapes);
    if geometry.is_none() {
        let message = "没有图形，作为未定位的记录保留";
        log.kept(number, IssueCode::NoGeometry, message);
    }
    geometry
}

/// Put the rows of the descriptions' tables in their place. Untouched where one has no table, or another one.
fn unfold_tables(features: &mut [Attributes]) {
    let is_description = |(name, _): &(String, String)| name == DESCRIPTION;
    let table = |attributes: &Attributes| {
        let (_, text) = attributes.iter().find(|pair| is_description(pair))?;
        kml_table::rows(text)
    };
    let names =
        |rows: &Attributes| -> Vec<String> { rows.iter().map(|(name, _)| name.clone()).collect() };
    let Some(first) = features.first().and_then(table) else {
        return;
    };
    let wanted = names(&first);
    let alike =
        |attributes: &Attributes| table(attributes).is_some_and(|rows| names(&rows) == wanted);
    if !features.iter().all(alike) {
        return;
    }
    for attributes in features {
        let rows = table(attributes).unwrap_or_default();
        attributes.retain(|pair| !is_description(pair));
        for (name, value) in rows {
            let name = column(&name);
            // What stands outside the table too is not told twice.
            match attributes.iter().find(|(own, _)| *own == name) {
                Some((_, own)) if *own == value => {}
                Some(_) => attributes.push((format!("{name}_2"), value)),
                None => attributes.push((name, value)),
            }
        }
    }
}

/// A name that SQL and other programs can bear.
fn column(name: &str) -> String {
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    let name = name.trim();
    if name.is_empty() {
        "未命名".to_owned()
    } else {
        name.to_owned()
    }
}
