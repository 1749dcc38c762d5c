mod backup;
mod file;
mod memory;
mod secret;
mod session_cache;
mod store;
mod system;
mod two_stores;
