mod memory;
mod secret;
mod store;
mod system;
