//! The panels around the map. Each takes the document to read and pushes commands.

pub mod details;
pub mod feature_details;
pub mod investment;
pub mod layers;
pub mod ledger;
pub mod search_box;
pub mod site_details;
pub mod status_form;
pub mod status_line;
pub mod top_bar;
