//! Set-up: from a key, wherever it came from, to a proven profile.

pub mod csv_file;
mod draft;
mod form;
mod plan;
mod run;

pub(crate) use draft::free_name;
pub use draft::{
    Drafts, delete_csv, forget, from_csv, from_paste, from_profile, preview, request_of, run_draft,
};
pub(crate) use form::{PRACTICE, check as check_form, check_address, is_temporary};
pub use plan::check_endpoint;
pub(crate) use plan::{target_for, without_static_keys};
pub(crate) use run::OUTPUTS;
pub use run::{Request, Source, run};
