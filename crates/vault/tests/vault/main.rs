mod backup;
mod file;
mod memory;
mod secret;
mod store;
mod system;
mod two_stores;
