//! A zip archive in memory, with every promise it makes about its size distrusted.
//!
//! Nothing is written to disk, so no name can lead out of a folder. Must not know what the members hold.

use std::io::{Cursor, Read as _};

use super::EncodingChoice;
use super::encoding;
use super::limits::{MAX_BYTES, MAX_MEMBERS, MAX_RATIO, RATIO_FREE};

/// A file in an archive.
#[derive(Clone, Debug)]
pub(super) struct Member {
    index: usize,
    /// With its folders; decoded.
    pub(super) name: String,
    /// As the archive claims.
    pub(super) size: u64,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum ArchiveError {
    #[error("压缩包已损坏或不完整，请重新获取")]
    Broken,
    #[error("压缩包中有 {0} 个文件，超过 {MAX_MEMBERS} 个，请只压缩需要的数据")]
    TooMany(usize),
    #[error("压缩包中的“{0}”有密码，请先解压")]
    Locked(String),
    #[error("压缩包中的“{0}”采用不支持的压缩方式，请用普通 zip 方式重新压缩")]
    Method(String),
    #[error("压缩包中的“{0}”解压后过大，疑似恶意文件，已停止读取")]
    Bomb(String),
    #[error("压缩包中的“{0}”解压后超过 4 GB，请先解压，再分批导入")]
    TooLarge(String),
}

pub(super) struct Archive<'a> {
    zip: zip::ZipArchive<Cursor<&'a [u8]>>,
    members: Vec<Member>,
    unpacked: u64,
}

impl<'a> Archive<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, ArchiveError> {
        let mut zip =
            zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_err| ArchiveError::Broken)?;
        if zip.len() > MAX_MEMBERS {
            return Err(ArchiveError::TooMany(zip.len()));
        }
        let mut members = Vec::new();
        for index in 0..zip.len() {
            let Ok(file) = zip.by_index_raw(index) else {
                continue;
            };
            let name = member_name(file.name_raw());
            // What macOS adds to an archive has the names of the real files.
            if !file.is_dir() && !name.starts_with("__MACOSX/") && !name.contains("/._") {
                members.push(Member {
                    index,
                    name,
                    size: file.size(),
                });
            }
        }
        Ok(Self {
            zip,
            members,
            unpacked: 0,
        })
    }

    pub(super) fn members(&self) -> &[Member] {
        &self.members
    }

    pub(super) fn read(&mut self, member: &Member) -> Result<Vec<u8>, ArchiveError> {
        use zip::result::ZipError;
        let name = || member.name.clone();
        let file = self.zip.by_index(member.index).map_err(|err| match err {
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
                ArchiveError::Locked(name())
            }
            ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
                ArchiveError::Method(name())
            }
            _ => ArchiveError::Broken,
        })?;
        let left = MAX_BYTES - self.unpacked;
        if file.size() > left {
            return Err(ArchiveError::TooLarge(name()));
        }
        let by_ratio = (file.compressed_size().saturating_mul(MAX_RATIO)).max(RATIO_FREE);
        let limit = by_ratio.min(left);
        let mut bytes = Vec::new();
        file.take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(|_err| ArchiveError::Broken)?;
        let size = bytes.len() as u64;
        if size > left {
            return Err(ArchiveError::TooLarge(name()));
        }
        if size > limit {
            return Err(ArchiveError::Bomb(name()));
        }
        self.unpacked += size;
        Ok(bytes)
    }
}

/// Windows writes names in GBK and often does not say so.
fn member_name(raw: &[u8]) -> String {
    encoding::decode(raw, &EncodingChoice::Auto).map_or_else(
        |_err| String::from_utf8_lossy(raw).into_owned(),
        |decoded| decoded.text.into_owned(),
    )
}
