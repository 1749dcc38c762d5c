//! Any object key as a path: it stays below its folder, or there is none.
#![no_main]

use std::path::Component;

use keywell_app::fuzzing::object_paths;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|key: &str| {
    for path in object_paths(key).into_iter().flatten() {
        assert!(path.components().all(|part| matches!(part, Component::Normal(_))));
        assert!(path.components().count() == key.split('/').count());
    }
});
