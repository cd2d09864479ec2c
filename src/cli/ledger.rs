//! `sites` and `site`: the 41 projects, their status, place and money.

use std::fmt::Write as _;

use jiff::civil::Date;
use serde_json::{Value, json};

use super::args::SiteAction;
use super::output::Output;
use super::{Failure, Outcome};
use crate::crs::LonLat;
use crate::document::Document;
use crate::model::{
    Edit, FundSource, Money, Placement, ProjectSite, SiteId, SitePlacement, SiteStatus,
    StatusChange,
};
use crate::search::Query;

pub(super) fn sites(
    document: &Document,
    category: Option<&str>,
    status: Option<&str>,
    query: Option<&str>,
    output: &Output,
) -> Result<Outcome, Failure> {
    let status = status.map(parse_status).transpose()?;
    let query = query.map(Query::new);
    let chosen: Vec<&ProjectSite> = document
        .sites()
        .values()
        .filter(|site| category.is_none_or(|wanted| site.category.contains(wanted.trim())))
        .filter(|site| status.is_none_or(|wanted| site.status() == wanted))
        .filter(|site| query.as_ref().is_none_or(|query| query.matches_site(site)))
        .collect();
    let total: Money = chosen.iter().map(|site| site.planned).sum();
    let mut text = String::new();
    for site in &chosen {
        writeln!(
            text,
            "{:>3}　{}　{}　{} 万元　{}　{}　{}",
            site.id.0,
            site.category,
            site.name,
            site.planned,
            site.years_printed,
            site.status().label(),
            site.placement.grade.label(),
        )
        .ok();
    }
    writeln!(text, "共 {} 项，投资概算 {total} 万元", chosen.len()).ok();
    output.result(
        &json!({
            "sites": chosen.iter().map(|site| row(site)).collect::<Vec<_>>(),
            "total_wan": total,
        }),
        &text,
    );
    Ok(Outcome::Done)
}

pub(super) fn site(
    document: &mut Document,
    id: i64,
    action: &SiteAction,
    output: &Output,
) -> Result<Outcome, Failure> {
    let id = SiteId(id);
    let site = document.site(id).ok_or_else(|| {
        Failure::Failed(format!(
            "没有序号为 {} 的项目；用 redline sites 查看全部项目。",
            id.0
        ))
    })?;
    if let Some(edit) = edit_for(site, action)? {
        Output::note(&format!("已保存：{} · {}", site.name, edit.label()));
        document.commit(edit)?;
    }
    if let Some(site) = document.site(id) {
        output.result(&details(site), &sentence(site));
    }
    Ok(Outcome::Done)
}

/// What the words ask to change; `None` for `show`.
fn edit_for(site: &ProjectSite, action: &SiteAction) -> Result<Option<Edit>, Failure> {
    match action {
        SiteAction::Show => Ok(None),
        SiteAction::Set { status, note, date } => {
            let mut new = site.status_changes.clone();
            new.push(StatusChange {
                date: parse_date(date.as_deref())?,
                status: parse_status(status)?,
                note: note.trim().to_owned(),
            });
            // Dated by the day it happened: a step entered late takes its place in the order.
            new.sort_by_key(|change| change.date);
            Ok(Some(Edit::SetStatusChanges {
                site: site.id,
                old: site.status_changes.clone(),
                new,
            }))
        }
        SiteAction::Locate {
            lon,
            lat,
            placement,
            precision,
            basis,
        } => Ok(Some(Edit::SetPlacement {
            site: site.id,
            old: site.placement.clone(),
            new: placement_of(*lon, *lat, placement, *precision, basis)?,
        })),
        SiteAction::Invest {
            year,
            plan,
            completed,
            central,
            province,
            city,
            district,
            society,
        } => {
            if !(1990..=2100).contains(year) {
                return Err(Failure::Usage(format!(
                    "年份 {year} 不合理，请填写四位年份，例如 2024。"
                )));
            }
            let old = site.investments.get(year).cloned().unwrap_or_default();
            let mut new = old.clone();
            if let Some(text) = plan {
                new.planned = amount(text)?;
            }
            if let Some(text) = completed {
                new.completed = amount(text)?;
            }
            let arrived = [central, province, city, district, society];
            for (source, text) in FundSource::ALL.into_iter().zip(arrived) {
                let Some(text) = text else { continue };
                match amount(text)? {
                    Some(money) => new.arrived.insert(source, money),
                    None => new.arrived.remove(&source),
                };
            }
            Ok(Some(Edit::SetInvestment {
                site: site.id,
                year: *year,
                old,
                new,
            }))
        }
    }
}

fn placement_of(
    lon: f64,
    lat: f64,
    grade: &str,
    precision_m: Option<f64>,
    basis: &str,
) -> Result<SitePlacement, Failure> {
    let grade = Placement::ALL
        .into_iter()
        .find(|known| known.code() == grade || known.label() == grade)
        .filter(|grade| matches!(grade, Placement::Surveyed | Placement::Approximate))
        .ok_or_else(|| {
            Failure::Usage("定位等级只能是 surveyed（实测）或 approximate（概略）。".to_owned())
        })?;
    if !(73.0..=136.0).contains(&lon) || !(3.0..=54.0).contains(&lat) {
        return Err(Failure::Usage(format!(
            "经度 {lon}、纬度 {lat} 不在中国范围内；请填写度，经度在前，例如 --lon 103.76 --lat 29.56。"
        )));
    }
    if grade == Placement::Approximate && precision_m.is_none() {
        return Err(Failure::Usage(
            "概略定位要写明误差范围，例如 --precision 500（米）。".to_owned(),
        ));
    }
    if precision_m.is_some_and(|metres| !metres.is_finite() || metres <= 0.0) {
        return Err(Failure::Usage("误差范围要大于 0 米。".to_owned()));
    }
    Ok(SitePlacement {
        grade,
        at: Some(LonLat::new(lon, lat)),
        precision_m,
        basis: basis.trim().to_owned(),
    })
}

fn parse_status(text: &str) -> Result<SiteStatus, Failure> {
    SiteStatus::from_label(text).ok_or_else(|| {
        let known: Vec<_> = SiteStatus::ALL
            .iter()
            .map(|status| status.label())
            .collect();
        Failure::Usage(format!(
            "没有“{text}”这个状态；可用：{}。",
            known.join("、")
        ))
    })
}

fn parse_date(text: Option<&str>) -> Result<Date, Failure> {
    let Some(text) = text else {
        return Ok(jiff::ZonedDateTime::now().date());
    };
    text.trim().parse().map_err(|err: jiff::Error| {
        log::debug!("{err}");
        Failure::Usage(format!("日期“{text}”看不懂，请写成 2024-03-01 的样子。"))
    })
}

/// `-` and the empty text clear a cell.
fn amount(text: &str) -> Result<Option<Money>, Failure> {
    match text.trim() {
        "" | "-" => Ok(None),
        text => Money::parse_wan(text)
            .map(Some)
            .map_err(|err| Failure::Usage(format!("{err}。"))),
    }
}

fn row(site: &ProjectSite) -> Value {
    json!({
        "id": site.id.0,
        "category": site.category,
        "name": site.name,
        "content": site.content,
        "location": site.location,
        "investment_wan": site.planned,
        "start_year": site.years.start,
        "end_year": site.years.end,
        "units": site.units,
        "status": site.status().label(),
        "placement": site.placement.grade.code(),
        "lon": site.placement.at.map(|at| at.lon),
        "lat": site.placement.at.map(|at| at.lat),
        "completed_wan": site.completed(),
    })
}

/// The row and everything else that is known of the site.
fn details(site: &ProjectSite) -> Value {
    let mut value = row(site);
    let investments: Vec<Value> = site
        .investments
        .iter()
        .map(|(year, money)| {
            let arrived: serde_json::Map<String, Value> = money
                .arrived
                .iter()
                .map(|(source, amount)| (source.code().to_owned(), json!(amount)))
                .collect();
            json!({
                "year": year,
                "plan_wan": money.planned,
                "arrived_wan": arrived,
                "completed_wan": money.completed,
            })
        })
        .collect();
    let changes: Vec<Value> = site
        .status_changes
        .iter()
        .map(|change| {
            json!({
                "date": change.date.to_string(),
                "status": change.status.label(),
                "note": change.note,
            })
        })
        .collect();
    let more = json!({
        "years_printed": site.years_printed,
        "plan_line": site.plan_line,
        "plan_note": site.plan_note,
        "precision_m": site.placement.precision_m,
        "basis": site.placement.basis,
        "arrived_wan": site.arrived(),
        "status_changes": changes,
        "investments": investments,
    });
    if let (Value::Object(value), Value::Object(more)) = (&mut value, more) {
        value.extend(more);
    }
    value
}

fn sentence(site: &ProjectSite) -> String {
    let mut text = format!(
        "{} {}\n所属工程　{}\n建设内容　{}\n建设地点　{}\n投资概算　{} 万元\n建设年限　{}\n建设单位　{}\n状态　　　{}\n定位　　　{}（{}）\n",
        site.id.0,
        site.name,
        site.category,
        site.content,
        site.location,
        site.planned,
        site.years_printed,
        site.units.join("、"),
        site.status().label(),
        site.placement.grade.label(),
        site.placement.basis,
    );
    let shown = |amount: Option<Money>| amount.map_or("未填".to_owned(), |m| m.to_string());
    for (year, money) in &site.investments {
        writeln!(
            text,
            "{year} 年　计划 {}　到位 {}　完成 {}（万元）",
            shown(money.planned),
            money.arrived_total(),
            shown(money.completed),
        )
        .ok();
    }
    for change in &site.status_changes {
        writeln!(
            text,
            "{}　{}　{}",
            change.date,
            change.status.label(),
            change.note
        )
        .ok();
    }
    text
}
