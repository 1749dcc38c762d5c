//! The sentences for what AWS says, and that nothing prints a secret.

use std::collections::BTreeMap;

use keywell_app::{
    Problem, Variables,
    cloud::{CloudError, CloudErrorKind as Kind, *},
    setup,
};
use keywell_vault::{ErrorKind, Operation, Secret, VaultError};

use crate::world::{KEY_ID, SECRET, TOKEN, pair, request};

fn kinds() -> Vec<Kind> {
    // A new kind does not compile until it is in this list.
    let listed = |kind: &Kind| match kind {
        Kind::UnknownKey
        | Kind::WrongSecret
        | Kind::BadToken
        | Kind::ExpiredSession
        | Kind::ClockSkew
        | Kind::AccessDenied
        | Kind::NoSuchUser
        | Kind::NoSuchKey
        | Kind::NoSuchEntity
        | Kind::EntityExists
        | Kind::DeleteConflict
        | Kind::NoSuchBucket
        | Kind::NoSuchObject
        | Kind::NoSuchUpload
        | Kind::BucketTaken
        | Kind::BucketOwned
        | Kind::BucketNotEmpty
        | Kind::InvalidBucketName
        | Kind::LimitExceeded
        | Kind::BadPolicy
        | Kind::WrongMfaCode
        | Kind::MfaDeviceTaken
        | Kind::WrongRegion(_)
        | Kind::PreconditionFailed
        | Kind::BadChecksum
        | Kind::Invalid
        | Kind::Throttled
        | Kind::Unavailable
        | Kind::NotImplemented
        | Kind::NoCredentials
        | Kind::Unreachable
        | Kind::TimedOut
        | Kind::Tls
        | Kind::Proxy
        | Kind::LocalFile
        | Kind::Other => (),
    };
    let kinds = vec![
        Kind::UnknownKey,
        Kind::WrongSecret,
        Kind::BadToken,
        Kind::ExpiredSession,
        Kind::ClockSkew,
        Kind::AccessDenied,
        Kind::NoSuchUser,
        Kind::NoSuchKey,
        Kind::NoSuchEntity,
        Kind::EntityExists,
        Kind::DeleteConflict,
        Kind::NoSuchBucket,
        Kind::NoSuchObject,
        Kind::NoSuchUpload,
        Kind::BucketTaken,
        Kind::BucketOwned,
        Kind::BucketNotEmpty,
        Kind::InvalidBucketName,
        Kind::LimitExceeded,
        Kind::BadPolicy,
        Kind::WrongMfaCode,
        Kind::MfaDeviceTaken,
        Kind::WrongRegion(Some("eu-west-1".into())),
        Kind::PreconditionFailed,
        Kind::BadChecksum,
        Kind::Invalid,
        Kind::Throttled,
        Kind::Unavailable,
        Kind::NotImplemented,
        Kind::NoCredentials,
        Kind::Unreachable,
        Kind::TimedOut,
        Kind::Tls,
        Kind::Proxy,
        Kind::LocalFile,
        Kind::Other,
    ];
    kinds.iter().for_each(listed);
    kinds
}

fn full() -> Context<'static> {
    Context {
        profile: Some("work"),
        key_id: Some(KEY_ID),
        user: Some("bob"),
        bucket: Some("harbour"),
        object: Some("a/b.txt"),
        region: Some("eu-west-1"),
        endpoint: None,
    }
}

#[test]
fn each_kind_of_failure_has_its_own_code_a_sentence_and_a_remedy() {
    let mut codes = BTreeMap::new();
    let mut sentences = String::new();
    for kind in kinds() {
        let error = CloudError::new(kind.clone(), "s3:Operation");
        for context in [full(), Context::default()] {
            let problem = Problem::from_cloud(&error, &context);
            assert!(problem.message.ends_with('.'), "{kind:?}: {problem:?}");
            assert!(!problem.hint.is_empty(), "{kind:?}");
            if context.user.is_none() {
                let first = problem.message.chars().next().unwrap();
                assert!(first.is_uppercase(), "{kind:?}: {}", problem.message);
            }
            sentences.push_str(&format!(
                "{}\n  {}\n  {}\n",
                problem.code.as_str(),
                problem.message,
                problem.hint
            ));
        }
        let code = Problem::from_cloud(&error, &full()).code.as_str();
        let taken = codes.insert(code, kind.clone());
        assert_eq!(taken, None, "{kind:?} has the code of another kind");
    }
    insta::assert_snapshot!("sentences", sentences);
}

#[test]
fn each_failure_of_the_keychain_has_its_own_code_a_sentence_and_a_remedy() {
    let mut codes = Vec::new();
    for kind in [
        ErrorKind::NoEntry,
        ErrorKind::Locked,
        ErrorKind::Denied,
        ErrorKind::NoService,
        ErrorKind::BrokeOff,
        ErrorKind::NoProvider,
        ErrorKind::NoKeyring,
        ErrorKind::TimedOut,
        ErrorKind::Damaged,
        ErrorKind::Altered,
        ErrorKind::OtherVersion,
        ErrorKind::PassphraseNeeded,
        ErrorKind::NotUnlocked,
        ErrorKind::WrongPassphrase,
        ErrorKind::CutShort,
        ErrorKind::FileDamaged,
        ErrorKind::Unreadable,
        ErrorKind::Unwritable,
        ErrorKind::TooLong,
        ErrorKind::Other,
    ] {
        let error = VaultError::new(kind, Operation::Get, "Login keyring").because("why");
        let problem = Problem::from(error.clone());
        assert_eq!(problem.code.as_str(), error.code());
        assert!(!problem.message.is_empty() && !problem.hint.is_empty());
        assert_eq!(problem.cause, "why");
        codes.push(problem.code.as_str());
    }
    codes.dedup();
    assert_eq!(codes.len(), 20);
}

#[test]
fn a_clock_that_is_off_is_told_by_how_much() {
    for (offset, words) in [
        (1_200_000, "20 minutes slow"),
        (-1_200_000, "20 minutes fast"),
        (-7_200_000, "2 hours fast"),
        (45_000, "45 seconds slow"),
        (400, "0.4 seconds slow"),
        (i64::MIN, "2562047788015 hours fast"),
    ] {
        assert_eq!(clock_words(offset), words);
    }
}

#[test]
fn nothing_that_holds_a_secret_prints_it() {
    let pair = AccessKeyPair {
        session_token: Some(Secret::new(TOKEN)),
        ..pair()
    };
    let proxy = || Some(format!("http://me:{SECRET}@proxy"));
    let network = Network {
        https_proxy: proxy(),
        http_proxy: proxy(),
        ..Network::default()
    };
    let variables = Variables::from_iter(
        [("AWS_SECRET_ACCESS_KEY", SECRET), ("X", TOKEN)]
            .map(|(name, value)| (name.into(), value.into())),
    );
    let csv = format!("Access key ID,Secret access key\n{KEY_ID},{SECRET}\n");
    let csv = setup::csv_file::parse("keys.csv", csv.as_bytes()).unwrap();
    let printed = [
        format!("{pair:?}"),
        format!("{:?}", Credentials::Pair(pair.clone())),
        format!("{network:#?}"),
        format!(
            "{:?}",
            Connection {
                credentials: Credentials::Pair(pair.clone()),
                region: "x".into(),
                endpoints: Endpoints::default(),
                network: network.clone(),
                config_file: "x".into(),
                credentials_file: "x".into(),
            }
        ),
        format!(
            "{:?}",
            NewAccessKey {
                pair: pair.clone(),
                created: None
            }
        ),
        format!(
            "{:?}",
            Presigned {
                url: Secret::new(SECRET),
                expires: std::time::SystemTime::UNIX_EPOCH
            }
        ),
        format!(
            "{:?}",
            setup::Request {
                pair,
                ..request("work")
            }
        ),
        format!("{variables:?}"),
        format!("{csv:?}"),
        format!("{:?}", csv.keys[0]),
    ];
    for text in printed {
        assert!(!text.contains(SECRET) && !text.contains(TOKEN), "{text}");
    }
}
