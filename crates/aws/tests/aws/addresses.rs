//! AWS's own addresses, asked through a proxy on loopback that plays all of them.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use keywell_app::cloud::{Account, Cloud, Endpoints, FileSlice, PutObject};
use keywell_aws::AwsCloud;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring},
};

use crate::{
    connection_to,
    connections::IDENTITY,
    server::{Answer, Asked, serve},
};

struct World {
    proxy: String,
    bundle: PathBuf,
    folder: TempDir,
    hosts: Arc<Mutex<Vec<String>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl World {
    /// Stands in for the named hosts.
    async fn of(names: &[&str]) -> World {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![cert.der().clone()],
                signing_key.serialize_der().try_into().unwrap(),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let world = World {
            proxy: format!("http://{}", listener.local_addr().unwrap()),
            bundle: folder.path().join("bundle.pem"),
            folder,
            hosts: Arc::default(),
            asked: Arc::default(),
        };
        std::fs::write(&world.bundle, cert.pem()).unwrap();
        let (hosts, asked) = (Arc::clone(&world.hosts), Arc::clone(&world.asked));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, asked) = (acceptor.clone(), Arc::clone(&asked));
                let hosts = Arc::clone(&hosts);
                tokio::spawn(async move {
                    let stream = tunnel(stream, &hosts).await;
                    if let Ok(stream) = acceptor.accept(stream).await {
                        let respond = Arc::new(|_: &_, _| Answer::new(200, IDENTITY));
                        serve(stream, respond, asked).await;
                    }
                });
            }
        });
        world
    }

    fn account(&self, region: &str) -> Arc<dyn Account> {
        let mut connection = connection_to("");
        connection.endpoints = Endpoints::default();
        connection.region = region.to_owned();
        connection.network.https_proxy = Some(self.proxy.clone());
        connection.network.ca_bundle = Some(self.bundle.clone());
        AwsCloud::new().connect(connection).unwrap()
    }
}

/// Answers `CONNECT` and notes the host.
async fn tunnel(mut stream: TcpStream, hosts: &Mutex<Vec<String>>) -> TcpStream {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let host = head.split(' ').nth(1).unwrap().to_owned();
    hosts.lock().unwrap().push(host);
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
    stream
}

#[tokio::test]
async fn every_partition_has_its_own_addresses() {
    for (region, sts, iam, s3) in [
        (
            "eu-west-1",
            "sts.eu-west-1.amazonaws.com",
            "iam.amazonaws.com",
            "photos.s3.eu-west-1.amazonaws.com",
        ),
        (
            "cn-north-1",
            "sts.cn-north-1.amazonaws.com.cn",
            "iam.cn-north-1.amazonaws.com.cn",
            "photos.s3.cn-north-1.amazonaws.com.cn",
        ),
        (
            "us-gov-west-1",
            "sts.us-gov-west-1.amazonaws.com",
            "iam.us-gov.amazonaws.com",
            "photos.s3.us-gov-west-1.amazonaws.com",
        ),
    ] {
        let world = World::of(&[sts, iam, s3]).await;
        let account = world.account(region);
        account.identity().await.unwrap();
        account.tag_user("eve", "name", "value").await.unwrap();
        account.put_empty("photos", "folder/").await.unwrap();
        let hosts = world.hosts.lock().unwrap().clone();
        assert_eq!(hosts, [sts, iam, s3].map(|host| format!("{host}:443")));
    }
}

#[tokio::test]
async fn aws_gets_the_checksum_that_it_keeps_itself() {
    let world = World::of(&["photos.s3.us-east-1.amazonaws.com"]).await;
    let account = world.account("us-east-1");
    let path = world.folder.path().join("data");
    std::fs::write(&path, "123456789").unwrap();
    let request = PutObject {
        bucket: "photos",
        key: "digits",
        body: FileSlice {
            path: &path,
            offset: 0,
            length: 9,
        },
        content_type: None,
        only_if_absent: false,
    };
    account
        .put_object(request, Arc::new(|_| Duration::ZERO))
        .await
        .unwrap();
    let asked = world.asked.lock().unwrap();
    let body = String::from_utf8(asked[0].body.clone()).unwrap();
    assert!(body.starts_with("9\r\n123456789\r\n0\r\n"), "{body}");
    // The check value of CRC-64/NVME.
    assert!(
        body.contains("x-amz-checksum-crc64nvme:rosUhgp5mIg="),
        "{body}"
    );
}
