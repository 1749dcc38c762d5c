use keywell_vault::{ErrorKind, Item, Secret, backup};

use crate::file::CHEAP;
use crate::store::item;

fn items() -> Vec<Item> {
    let temporary = Item {
        session_token: Some(Secret::new("T".repeat(1_000))),
        profile: "ünïcode \"profile\"".to_owned(),
        ..item("ASIAPRACTICE", "other")
    };
    vec![item("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI"), temporary]
}

#[test]
fn a_backup_gives_back_what_went_in() {
    for items in [items(), Vec::new()] {
        let sealed = backup::seal(&items, &Secret::new("p"), CHEAP).unwrap();
        let text = String::from_utf8(sealed.clone()).unwrap();
        assert!(text.starts_with("keywell backup 1\n"));
        assert!(!text.contains("AKIAIOSFODNN7EXAMPLE"));
        assert_eq!(backup::open(&sealed, &Secret::new("p")).unwrap(), items);
    }
}

#[test]
fn each_way_in_which_a_backup_is_no_good_has_its_code() {
    let sealed = backup::seal(&items(), &Secret::new("p"), CHEAP).unwrap();
    let text = String::from_utf8(sealed).unwrap();
    let cases = [
        (text.clone(), "q", ErrorKind::WrongPassphrase),
        (text[..text.len() - 1].to_owned(), "p", ErrorKind::CutShort),
        (
            text.replace("backup 1", "backup 9"),
            "p",
            ErrorKind::OtherVersion,
        ),
        (
            text.replace("backup 1", "vault 1"),
            "p",
            ErrorKind::FileDamaged,
        ),
        (
            text.replace(" 8 1 1 ", " 8 2 1 "),
            "p",
            ErrorKind::FileDamaged,
        ),
        (
            "User name,Access key ID\n".to_owned(),
            "p",
            ErrorKind::FileDamaged,
        ),
    ];
    for (text, passphrase, kind) in cases {
        let error = backup::open(text.as_bytes(), &Secret::new(passphrase)).unwrap_err();
        assert_eq!(error.kind, kind, "{error:?}");
        assert!(error.to_string().contains("backup"), "{error}");
    }
}
