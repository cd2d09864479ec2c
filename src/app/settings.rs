//! What the window remembers between sessions, read field by field: a broken entry is ignored, the
//! rest is kept, nothing is fatal.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::dialogs::export::ExportChoices;
use super::map_view::{BasemapSettings, Camera};

const MOST_RECENT: usize = 8;

/// Light, dark, or as the system is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeChoice {
    #[default]
    Light,
    Dark,
    System,
}

impl ThemeChoice {
    pub const ALL: [Self; 3] = [Self::Light, Self::Dark, Self::System];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Light => "浅色",
            Self::Dark => "深色",
            Self::System => "跟随系统",
        }
    }

    pub const fn preference(self) -> egui::ThemePreference {
        match self {
            Self::Light => egui::ThemePreference::Light,
            Self::Dark => egui::ThemePreference::Dark,
            Self::System => egui::ThemePreference::System,
        }
    }
}

/// The remembered choices.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Settings {
    pub theme: ThemeChoice,
    /// 1 is the system's own scale.
    pub ui_scale: f32,
    pub basemap: BasemapSettings,
    pub show_sites: bool,
    pub show_labels: bool,
    pub show_layers_panel: bool,
    pub show_ledger_panel: bool,
    pub show_details_panel: bool,
    /// 制图人 on printed sheets.
    pub user_name: String,
    pub last_folder: Option<PathBuf>,
    pub last_workspace: Option<PathBuf>,
    /// Newest first.
    pub recent_workspaces: Vec<PathBuf>,
    pub camera: Option<Camera>,
    pub ledger_sort: super::panels::ledger::Sort,
    pub export: ExportChoices,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::default(),
            ui_scale: 1.0,
            basemap: BasemapSettings::default(),
            show_sites: true,
            show_labels: true,
            show_layers_panel: true,
            show_ledger_panel: true,
            show_details_panel: true,
            user_name: String::new(),
            last_folder: None,
            last_workspace: None,
            recent_workspaces: Vec::new(),
            camera: None,
            ledger_sort: super::panels::ledger::Sort::default(),
            export: ExportChoices::default(),
        }
    }
}

impl Settings {
    pub fn read(text: &str) -> Self {
        let saved: Value = serde_json::from_str(text).unwrap_or_default();
        let mut settings = Self::default();
        let Self {
            theme,
            ui_scale,
            basemap,
            show_sites,
            show_labels,
            show_layers_panel,
            show_ledger_panel,
            show_details_panel,
            user_name,
            last_folder,
            last_workspace,
            recent_workspaces,
            camera,
            ledger_sort,
            export,
        } = &mut settings;
        read_field(&saved, "theme", theme);
        read_field(&saved, "ui_scale", ui_scale);
        read_field(&saved, "basemap", basemap);
        read_field(&saved, "show_sites", show_sites);
        read_field(&saved, "show_labels", show_labels);
        read_field(&saved, "show_layers_panel", show_layers_panel);
        read_field(&saved, "show_ledger_panel", show_ledger_panel);
        read_field(&saved, "show_details_panel", show_details_panel);
        read_field(&saved, "user_name", user_name);
        read_field(&saved, "last_folder", last_folder);
        read_field(&saved, "last_workspace", last_workspace);
        read_field(&saved, "recent_workspaces", recent_workspaces);
        read_field(&saved, "camera", camera);
        read_field(&saved, "ledger_sort", ledger_sort);
        read_field(&saved, "export", export);
        if !(0.75..=2.0).contains(&settings.ui_scale) {
            settings.ui_scale = 1.0;
        }
        settings
    }

    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// A workspace was opened: it is now the first of the recent ones.
    pub fn remember_workspace(&mut self, path: &Path) {
        self.recent_workspaces.retain(|recent| recent != path);
        self.recent_workspaces.insert(0, path.to_owned());
        self.recent_workspaces.truncate(MOST_RECENT);
        self.last_workspace = Some(path.to_owned());
    }
}

fn read_field<T: DeserializeOwned>(saved: &Value, name: &str, field: &mut T) {
    let Some(value) = saved.get(name) else {
        return;
    };
    match T::deserialize(value) {
        Ok(value) => *field = value,
        Err(err) => log::warn!("setting {name} ignored: {err}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again() {
        let mut settings = Settings {
            theme: ThemeChoice::Dark,
            user_name: "张三".to_owned(),
            ..Settings::default()
        };
        settings.remember_workspace(Path::new("一.gpkg"));
        assert_eq!(Settings::read(&settings.write()), settings);
    }

    #[test]
    fn a_broken_entry_is_ignored_and_the_rest_kept() {
        let settings =
            Settings::read(r#"{"theme": 7, "ui_scale": 90, "user_name": "李四", "new": []}"#);
        assert_eq!(settings.theme, ThemeChoice::Light);
        assert!((settings.ui_scale - 1.0).abs() < f32::EPSILON);
        assert_eq!(settings.user_name, "李四");
        assert_eq!(Settings::read("not json"), Settings::default());
    }

    #[test]
    fn a_workspace_opened_again_moves_to_the_front() {
        let mut settings = Settings::default();
        for path in ["a", "b", "a"] {
            settings.remember_workspace(Path::new(path));
        }
        assert_eq!(
            settings.recent_workspaces,
            [PathBuf::from("a"), PathBuf::from("b")]
        );
    }
}
