//! The practice account over its loopback address, with requests signed here and sent by a bare HTTP client.

mod authentication;
mod buckets;
mod client;
mod faults;
mod iam;
mod lifecycle;
mod multipart;
mod objects;
mod reports;
mod sessions;
