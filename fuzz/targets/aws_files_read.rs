//! Any bytes as an AWS file: no byte is lost, what the SDKs accept is read as they read it, and mending comes to an end.
#![no_main]

use keywell_aws_files::{Document, FileKind, header, profile_of, read_as_sdk};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let document = Document::parse(text);
    assert_eq!(document.text(), text);
    for kind in [FileKind::Config, FileKind::Credentials] {
        for profile in document.profiles(kind) {
            let section = header(kind, &profile);
            assert_eq!(profile_of(kind, &section), Some(profile));
        }
    }
    let mended = document.repaired_all();
    assert_eq!(mended.repaired_all().text(), mended.text());
    if let Ok(settings) = read_as_sdk(text, "") {
        for (name, properties) in settings.profiles {
            for (key, value) in properties {
                let comments = value.contains("\n#") || value.contains("\n;");
                let read = document.get(&header(FileKind::Config, &name), &key);
                assert!(comments || read == Some(value), "{key} of {name}");
            }
        }
    }
});
