//! The use cases, driven through their public face.

mod world;
mod set_up_failures;
mod set_up;
mod fake_cloud;
mod transfers_bucket;
mod transfers_download;
mod transfers_remote;
mod transfers_upload;
