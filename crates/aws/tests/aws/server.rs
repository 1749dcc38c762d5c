//! A web server on loopback that gives the answers it is told to, and keeps what it was asked.

use std::sync::{Arc, Mutex};

use keywell_app::cloud::{Account, Cloud};
use keywell_aws::AwsCloud;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};

use crate::connection_to;

#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The region that the request was signed for.
    pub fn region(&self) -> String {
        let signature = self.header("authorization").unwrap_or_default();
        signature.split('/').nth(2).unwrap_or_default().to_owned()
    }

    /// The data of an `aws-chunked` body, or the body as it is.
    pub fn data(&self) -> Vec<u8> {
        let chunked = self.header("content-encoding").unwrap_or_default();
        if !chunked.contains("aws-chunked") {
            return self.body.clone();
        }
        let mut rest = self.body.as_slice();
        let mut data = Vec::new();
        while let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") {
            let line = String::from_utf8_lossy(&rest[..end]).into_owned();
            let length = line.split(';').next().unwrap_or_default();
            let length = usize::from_str_radix(length, 16).unwrap_or(0);
            if length == 0 {
                break;
            }
            data.extend_from_slice(&rest[end + 2..end + 2 + length]);
            rest = &rest[end + 2 + length + 2..];
        }
        data
    }
}

#[derive(Debug, Clone, Default)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
    /// Reads this much of the request's body, then hangs up without an answer.
    hang_up_after: Option<usize>,
}

impl Answer {
    pub fn new(status: u16, body: impl Into<String>) -> Answer {
        Answer {
            status,
            body: body.into(),
            ..Answer::default()
        }
    }

    pub fn error(status: u16, code: &str) -> Answer {
        let body = format!("<Error><Code>{code}</Code><Message>as told</Message></Error>");
        Answer::new(status, body).header("x-amz-request-id", "REQUEST1")
    }

    pub fn query_error(status: u16, code: &str) -> Answer {
        let body = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>as told</Message></Error>\
             <RequestId>REQUEST1</RequestId></ErrorResponse>"
        );
        Answer::new(status, body).header("x-amzn-requestid", "REQUEST1")
    }

    pub fn hang_up_after(bytes: usize) -> Answer {
        Answer {
            hang_up_after: Some(bytes),
            ..Answer::default()
        }
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Answer {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

type Respond = dyn Fn(&Asked, usize) -> Answer + Send + Sync;

pub struct Server {
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// `respond` gets the request and how many came before it; a request that is to be hung up on comes without its body.
    pub async fn start(
        respond: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static,
    ) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let respond: Arc<Respond> = Arc::new(respond);
        let log = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&respond), Arc::clone(&log)));
            }
        });
        Server { url, asked }
    }

    /// A server with one answer to everything.
    pub async fn always(answer: Answer) -> Server {
        Server::start(move |_, _| answer.clone()).await
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub fn account(&self) -> Arc<dyn Account> {
        AwsCloud::new().connect(connection_to(&self.url)).unwrap()
    }
}

pub async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    respond: Arc<Respond>,
    log: Arc<Mutex<Vec<Asked>>>,
) {
    let mut received = Vec::new();
    let head_end = loop {
        if let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        // A TLS handshake on a plain port is answered as web servers do.
        if received.first() == Some(&0x16) {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            return;
        }
        if stream.read_buf(&mut received).await.unwrap_or(0) == 0 {
            return;
        }
    };
    let head = String::from_utf8_lossy(&received[..head_end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let mut asked = Asked {
        method: words.next().unwrap_or_default().to_owned(),
        target: words.next().unwrap_or_default().to_owned(),
        headers: lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect(),
        body: received.split_off(head_end + 4),
    };
    let answer = {
        let before = log.lock().unwrap().len();
        respond(&asked, before)
    };
    let length = asked
        .header("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    let wanted = answer.hang_up_after.unwrap_or(length);
    while asked.body.len() < wanted {
        if stream.read_buf(&mut asked.body).await.unwrap_or(0) == 0 {
            break;
        }
    }
    let head_only = asked.method == "HEAD";
    log.lock().unwrap().push(asked);
    if answer.hang_up_after.is_some() {
        return;
    }
    let mut text = format!("HTTP/1.1 {} Told\r\nconnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        text += &format!("{name}: {value}\r\n");
    }
    text += &format!("content-length: {}\r\n\r\n", answer.body.len());
    if !head_only {
        text += &answer.body;
    }
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
}
