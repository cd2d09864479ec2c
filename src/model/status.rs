//! The stages of a project's life.

/// 项目状态, in the order of a project's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SiteStatus {
    /// 谋划
    Conceived,
    /// 前期: approvals under way.
    Preparing,
    /// 未开工: approved, not started.
    NotStarted,
    /// 在建
    UnderConstruction,
    /// 停缓建
    Suspended,
    /// 完工
    Completed,
    /// 已验收
    Accepted,
    /// 调整终止: changed or dropped.
    Terminated,
}

impl SiteStatus {
    pub const ALL: [Self; 8] = [
        Self::Conceived,
        Self::Preparing,
        Self::NotStarted,
        Self::UnderConstruction,
        Self::Suspended,
        Self::Completed,
        Self::Accepted,
        Self::Terminated,
    ];

    /// The official word: shown, stored and exchanged as it is.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Conceived => "谋划",
            Self::Preparing => "前期",
            Self::NotStarted => "未开工",
            Self::UnderConstruction => "在建",
            Self::Suspended => "停缓建",
            Self::Completed => "完工",
            Self::Accepted => "已验收",
            Self::Terminated => "调整终止",
        }
    }

    pub fn from_label(label: &str) -> Option<Self> {
        let label = label.trim();
        Self::ALL.into_iter().find(|status| status.label() == label)
    }
}
