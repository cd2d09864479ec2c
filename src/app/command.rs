//! Everything the user can ask for, as data: panels push commands, `apply` alone carries them out.
//!
//! Deliberately absent: how anything is done.

use std::path::PathBuf;

use crate::crs::{Extent, LonLat};
use crate::exchange::Export;
use crate::formats::WriteOptions;
use crate::model::{Edit, LayerId, SiteId};
use crate::store::QuarantineId;

/// What is selected in map, ledger and details alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Selection {
    Site(SiteId),
    Feature {
        layer: LayerId,
        fid: i64,
    },
    /// The cluster of sites that are only known to be in the district.
    DistrictSites,
}

/// A dialog that can be asked for by name. Those with content of their own (an import's preview) are
/// opened by the command that brings the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialogKind {
    NewWorkspace,
    Export,
    Print,
    Settings,
    Shortcuts,
    About,
    Changelog,
}

/// One wish of the user.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    Select(Option<Selection>),
    /// A click on the map: everything under the pointer, topmost first.
    Identify {
        at: LonLat,
        hits: Vec<Selection>,
    },
    ZoomTo(Extent),
    ZoomToSelection,
    ZoomToLayer(LayerId),
    /// The whole district.
    ZoomHome,

    Edit(Edit),
    Undo,
    Redo,
    SetLayerView {
        layer: LayerId,
        visible: bool,
        opacity: f32,
    },
    RenameLayer {
        layer: LayerId,
        name: String,
    },
    RemoveLayer(LayerId),
    RestoreLayer(LayerId),
    /// Take in what another program has written to the workspace.
    RefreshDocument,
    /// The export dialog with this layer chosen.
    ExportLayer(LayerId),

    /// Ask for a workspace file, then open it.
    ChooseWorkspace,
    OpenWorkspace(PathBuf),
    /// The user's own workspace in the data folder, made on first use.
    OpenDefaultWorkspace,
    /// Ask where, then make a workspace there; `with_plan`: filled with the plan's data.
    ChooseNewWorkspace {
        with_plan: bool,
    },
    CreateWorkspace {
        path: PathBuf,
        with_plan: bool,
    },

    /// Ask for a file to import.
    ChooseImport,
    /// Files from a dialog or dropped on the window.
    BeginImport(Vec<PathBuf>),
    /// Read the file of the open import dialog with its present choices.
    ReadImport,
    /// Store what the open import dialog has read.
    CommitImport,

    /// What of a layer could not be imported.
    OpenQuarantine(LayerId),
    /// Read quarantined features again, as the open quarantine dialog says.
    RetryQuarantine(Vec<QuarantineId>),
    /// Released features leave their layer and wait again.
    PutBack(Vec<QuarantineId>),
    /// Ask where, then write a layer's quarantine.
    ChooseQuarantineExport(LayerId),
    WriteQuarantine {
        layer: LayerId,
        path: PathBuf,
    },

    /// Ask where, then write what the open export dialog says.
    ChooseExport,
    WriteExport {
        what: Export,
        path: PathBuf,
        options: WriteOptions,
    },
    /// Files are there that an export would replace unasked: ask, then do it.
    AskReplace {
        files: Vec<PathBuf>,
        then: Box<Self>,
    },
    /// Make the open print dialog's sheet again.
    RefreshSheet,
    /// Ask where, then save the open print dialog's sheet.
    SaveSheet(SheetFormat),
    WriteSheet {
        format: SheetFormat,
        path: PathBuf,
    },

    OpenDialog(DialogKind),
    /// Forget what was typed in forms and not saved.
    DiscardUnsaved,
    /// Close the window.
    Quit,
    CloseDialog,
    FocusSearch,
    CancelJob(usize),
    CopyText {
        text: String,
        what: String,
    },
    /// Show a file's folder in the system's file manager.
    OpenFolder(PathBuf),
    OpenUrl(String),
}

/// What a printed sheet is saved as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SheetFormat {
    Pdf,
    Png,
}

impl SheetFormat {
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Png => "png",
        }
    }
}
