use std::path::PathBuf;
use std::sync::Arc;

use keywell_practice::{ErrorCode, Status, request_stop, reset, start, status};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;

use crate::client::{Fixture, admin, call, options};

async fn blocking<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(run).await.expect("it runs")
}

#[tokio::test]
async fn the_csv_is_byte_for_byte_the_consoles_and_for_the_owner_only() {
    let fixture = Fixture::start().await;
    let csv = std::fs::read(fixture.practice.csv_path()).expect("the csv");
    let expected = format!(
        "\u{feff}Access key ID,Secret access key\r\n{},{}\r\n",
        fixture.admin.key_id, fixture.admin.secret
    );
    assert_eq!(String::from_utf8(csv).expect("UTF-8"), expected);
    #[cfg(unix)]
    for name in ["admin_accessKeys.csv", "practice.json"] {
        use std::os::unix::fs::PermissionsExt as _;
        let metadata = std::fs::metadata(fixture.folder.path().join(name)).expect("a file");
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{name}");
    }
}

/// Only root can become somebody else; who runs the tests as a person sees the first half.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn another_user_of_this_machine_gets_no_answer() {
    use std::os::unix::process::CommandExt as _;

    const NOBODY: u32 = 65_534;
    let fixture = Fixture::start().await;
    let address = fixture.practice.endpoint_url().replace("http://", "");
    let path = format!("/dev/tcp/{}", address.replace(':', "/"));
    let script = format!(
        "exec 3<>{path} || exit 9; printf 'GET / HTTP/1.1\\r\\nhost: here\\r\\nconnection: close\\r\\n\\r\\n' >&3; cat <&3"
    );
    let said_to = |user: Option<u32>| {
        let mut command = std::process::Command::new("bash");
        command.arg("-c").arg(&script);
        if let Some(user) = user {
            command.uid(user);
        }
        blocking(move || command.output().expect("bash runs"))
    };
    let own = said_to(None).await;
    assert!(own.stdout.starts_with(b"HTTP/1.1 403"), "{own:?}");
    if std::fs::metadata("/proc/self")
        .is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
    {
        let other = said_to(Some(NOBODY)).await;
        assert!(other.stdout.is_empty(), "{other:?}");
        assert_ne!(other.status.code(), Some(9), "it could connect: {other:?}");
    }
}

#[tokio::test]
async fn everything_survives_a_restart_on_the_same_port() {
    let fixture = Fixture::start().await;
    let bob = fixture.user("bob", None).await;
    bob.identity().await.ok();
    fixture.admin.put("/pictures", "").await.ok();
    fixture.admin.put("/pictures/cat", "miaow").await.ok();
    let upload = fixture
        .admin
        .s3(call("POST", "/pictures/film?uploads"))
        .await
        .ok()
        .element("UploadId");
    let part = format!("/pictures/film?partNumber=1&uploadId={upload}");
    fixture.admin.put(&part, "part").await.ok();
    let url = fixture.practice.endpoint_url().to_owned();
    let account = fixture.practice.account_id().to_owned();
    std::fs::remove_file(fixture.practice.csv_path()).expect("the csv was there");
    fixture.practice.stop().await;

    let again = start(options(fixture.folder.path(), &fixture.clock))
        .await
        .expect("it starts again");
    assert_eq!(again.endpoint_url(), url);
    assert_eq!(again.account_id(), account);
    assert!(!again.csv_path().exists());
    assert_eq!(
        fixture.admin.get("/pictures/cat").await.ok().text(),
        "miaow"
    );
    let parts = fixture
        .admin
        .get(&format!("/pictures/film?uploadId={upload}"))
        .await
        .ok();
    assert_eq!(parts.element("Size"), "4");
    let last_use = [
        ("Action", "GetAccessKeyLastUsed"),
        ("AccessKeyId", bob.key_id.as_str()),
    ];
    assert_eq!(
        fixture
            .admin
            .iam(&last_use)
            .await
            .ok()
            .element("ServiceName"),
        "sts"
    );
    again.stop().await;
}

#[tokio::test]
async fn bodies_that_nothing_points_to_are_gone_after_a_stop() {
    let fixture = Fixture::start().await;
    fixture.admin.put("/pictures", "").await.ok();
    for body in ["one", "two"] {
        fixture.admin.put("/pictures/cat", body).await.ok();
    }
    fixture.admin.put("/pictures/dog", "woof").await.ok();
    fixture.admin.s3(call("DELETE", "/pictures/dog")).await.ok();
    fixture.practice.stop().await;
    let mut files: Vec<PathBuf> = Vec::new();
    for folder in std::fs::read_dir(fixture.folder.path().join("bodies")).expect("bodies") {
        let folder = folder.expect("an entry").path();
        files.extend(
            std::fs::read_dir(folder)
                .expect("a folder")
                .map(|file| file.expect("a file").path()),
        );
    }
    assert_eq!(files.len(), 1);
    assert_eq!(std::fs::read_to_string(&files[0]).expect("a body"), "two");
}

#[tokio::test]
async fn status_stop_and_reset_work_from_outside() {
    let fixture = Fixture::start().await;
    let folder = fixture.folder.path().to_owned();
    let look = || {
        let folder = folder.clone();
        blocking(move || status(&folder))
    };
    let running = look().await;
    assert_eq!(
        running,
        Status {
            running: true,
            endpoint_url: Some(fixture.practice.endpoint_url().to_owned()),
            pid: Some(std::process::id()),
            csv_path: Some(fixture.practice.csv_path().to_owned()),
        }
    );
    let second = start(options(&folder, &fixture.clock))
        .await
        .expect_err("one is enough");
    assert_eq!(second.code(), ErrorCode::AlreadyRunning);
    let to_reset = folder.clone();
    let refused = blocking(move || reset(&to_reset))
        .await
        .expect_err("it runs");
    assert_eq!(refused.code(), ErrorCode::AlreadyRunning);

    let to_stop = folder.clone();
    let asked = tokio::spawn(blocking(move || request_stop(&to_stop)));
    fixture.practice.stopped().await;
    asked.await.expect("no panic").expect("it stops");
    let stopped = look().await;
    assert!(!stopped.running && stopped.endpoint_url.is_none() && stopped.csv_path.is_some());
    let to_stop = folder.clone();
    let nothing = blocking(move || request_stop(&to_stop))
        .await
        .expect_err("it is stopped");
    assert_eq!(nothing.code(), ErrorCode::NotRunning);

    std::fs::write(folder.join("notes.txt"), "mine").expect("a file of the user's");
    reset(&folder).expect("nothing runs");
    let left: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(left, ["notes.txt"]);
    let anew = start(options(&folder, &fixture.clock))
        .await
        .expect("a new account");
    assert_ne!(admin(&anew).key_id, fixture.admin.key_id);
    anew.stop().await;
}

#[tokio::test]
async fn a_stranger_without_the_token_cannot_stop_it() {
    let fixture = Fixture::start().await;
    let record = fixture.folder.path().join("practice.json");
    let text = std::fs::read_to_string(&record).expect("the record");
    let token = text.split("\"token\": \"").nth(1).expect("a token")[..32].to_owned();
    std::fs::write(&record, text.replace(&token, &"0".repeat(32))).expect("written");
    let folder = fixture.folder.path().to_owned();
    assert!(!blocking(move || status(&folder)).await.running);
    fixture.admin.identity().await.ok();
}

#[tokio::test]
async fn a_taken_port_is_told() {
    let fixture = Fixture::start().await;
    let port = fixture
        .admin
        .address
        .rsplit(':')
        .next()
        .expect("a port")
        .parse()
        .expect("a number");
    let folder = tempfile::tempdir().expect("a folder");
    let mut taken = options(folder.path(), &fixture.clock);
    taken.port = Some(port);
    let error = start(taken).await.expect_err("the port is taken");
    assert_eq!(error.code(), ErrorCode::PortTaken);
    assert!(!error.hint().is_empty());
}

#[tokio::test]
async fn tls_is_served_with_a_fresh_certificate() {
    let fixture = Fixture::start_with(|options| options.tls = true).await;
    let address = fixture
        .practice
        .endpoint_url()
        .strip_prefix("https://")
        .expect("HTTPS")
        .to_owned();
    let path = fixture.practice.certificate_path().expect("a path");
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_file(path).expect("a certificate");
    roots.add(certificate).expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("protocol versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = tokio::net::TcpStream::connect(&address)
        .await
        .expect("a connection");
    let name = ServerName::try_from("127.0.0.1").expect("a name");
    let mut stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .expect("a certificate that verifies");
    let request = format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("written");
    let mut answer = String::new();
    // A server may end without a TLS farewell.
    let _ = stream.read_to_string(&mut answer).await;
    assert!(answer.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{answer}");
    assert!(answer.contains("<Code>AccessDenied</Code>"), "{answer}");
}
