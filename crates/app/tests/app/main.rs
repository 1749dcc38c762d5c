//! The use cases, driven through their public face.

mod diagnostics;
mod doctor;
mod explain;
mod fake_cloud;
mod hand_out;
mod history;
mod keys;
mod migrate;
mod migrate_failures;
mod profiles;
mod profiles_edit;
mod profiles_property;
mod resolve;
mod rotation;
mod rotation_machine;
mod rotation_model;
mod set_up;
mod set_up_failures;
mod settings;
mod test_profile;
mod transfers_bucket;
mod transfers_download;
mod transfers_remote;
mod transfers_upload;
mod vault;
mod world;
