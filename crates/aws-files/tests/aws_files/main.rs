mod document;
mod edit;
mod file;
mod header;
mod property;
