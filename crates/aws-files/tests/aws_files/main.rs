mod document;
mod edit;
mod file;
mod header;
mod merge;
mod property;
mod repair;
