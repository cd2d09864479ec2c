//! GPX: way points, tracks and routes.
//!
//! Must not know which coordinate system is decided on, nor what a layer means.

use super::ReadOptions;
use super::issue_log::IssueLog;
use super::raw::{NotRead, RawFile};
use super::source::Source;
use crate::jobs::Progress;

pub(super) fn read<'a>(
    _source: &'a Source<'_>,
    _options: &ReadOptions,
    _log: &mut IssueLog,
    _progress: &Progress,
) -> Result<RawFile<'a>, NotRead> {
    Err(NotRead::Unsupported("GPX"))
}
