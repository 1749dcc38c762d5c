//! `keywell console`: a link that signs a profile in to the AWS console, opened in the browser or printed.

use std::{io, net::SocketAddr, time::Duration};

use keywell_app::sign_in::{self, SignIn, SignInLink};
use keywell_practice::is_same_user_or_root;
use keywell_vault::Secret;
use keywell_wire::Failure;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::{
    Session,
    caller::caller,
    error::{Ended, Stop},
    person::person,
    prompt,
};

/// How long the browser may take to start.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long one connection may say nothing: browsers open some that they do not use.
const SILENCE: Duration = Duration::from_secs(2);
/// More than any browser sends to ask for one address.
const LONGEST_REQUEST: usize = 16 * 1024;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  keywell console media
  keywell console media --service s3
  keywell console prod --print

Only sessions can sign in. A role's profile signs in as its role. The profile of a user's key signs in as that user,
for which the user needs the permission sts:GetFederationToken; what a policy allows with MFA alone, such a session may
not do. Keys of the root user, and sessions of GetSessionToken, can not sign in.

The link is as good as a password for 15 minutes: it is printed only when you ask for it.")]
pub(crate) struct Arguments {
    /// The profile that is signed in
    #[arg(value_name = "PROFILE")]
    profile: String,

    /// The service whose page is opened, as the console's addresses name it: s3, iam, ec2
    #[arg(long, value_name = "SERVICE")]
    service: Option<String>,

    /// Print the link; with --json it is always printed
    #[arg(long)]
    print: bool,

    /// The sign-in service to use in place of AWS's own
    #[arg(long, value_name = "URL")]
    signin_endpoint: Option<String>,
}

pub(crate) async fn run(session: &Session, arguments: &Arguments) -> Result<Ended, Stop> {
    let output = session.output;
    let wanted = SignIn {
        profile: &arguments.profile,
        service: arguments.service.as_deref(),
        endpoint: arguments.signin_endpoint.as_deref(),
    };
    let caller = caller();
    let link = sign_in::link(&session.app, wanted, &person(output, &caller), &caller).await?;
    let SignInLink {
        address,
        arn,
        without_mfa,
    } = link;
    if without_mfa {
        prompt::tell(
            "This sign-in is one without MFA: what a policy allows with MFA alone is refused there.",
        )?;
    }
    if output.json || arguments.print {
        let shown = serde_json::json!({ "url": address.expose(), "arn": arn });
        output.either(&shown, |_| output.line(address.expose()))?;
        return Ok(Ended::Done);
    }
    open(&address).await?;
    output.line(format!("Signed in as {arn} in the browser."))?;
    Ok(Ended::Done)
}

/// Opens the address in the browser by way of another one that works once: whatever is on a command line can be read by
/// every user of the machine.
async fn open(address: &Secret) -> Result<(), Stop> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let own = listener.local_addr()?;
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    let once: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let once = Secret::new(format!("/{once}"));
    open::that_detached(format!("http://{own}{}", once.expose()))
        .map_err(|error| not_opened(error.to_string()))?;
    tokio::time::timeout(PATIENCE, hand_over(&listener, own, &once, address))
        .await
        .map_err(|_| not_opened("It did not ask for the link within a minute.".into()))?
}

async fn hand_over(
    listener: &TcpListener,
    own: SocketAddr,
    once: &Secret,
    address: &Secret,
) -> Result<(), Stop> {
    loop {
        let (stream, peer) = listener.accept().await?;
        if !is_same_user_or_root(peer, own) {
            continue;
        }
        let answered = tokio::time::timeout(SILENCE, answer(stream, once, address)).await;
        if matches!(answered, Ok(Ok(true))) {
            return Ok(());
        }
    }
}

/// Whether this was the one who knows the address.
async fn answer(mut stream: TcpStream, once: &Secret, address: &Secret) -> io::Result<bool> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") && request.len() < LONGEST_REQUEST {
        if stream.read_buf(&mut request).await? == 0 {
            break;
        }
    }
    let asked = String::from_utf8_lossy(&request);
    let mut words = asked.split(' ');
    let known = words.next() == Some("GET") && words.next().map(Secret::new).as_ref() == Some(once);
    let head = match known {
        true => format!("302 Found\r\nLocation: {}", address.expose()),
        false => "404 Not Found".to_owned(),
    };
    let answer = Secret::new(format!(
        "HTTP/1.1 {head}\r\nReferrer-Policy: no-referrer\r\nCache-Control: no-store\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    ));
    stream.write_all(answer.expose().as_bytes()).await?;
    stream.shutdown().await?;
    Ok(known)
}

fn not_opened(cause: String) -> Stop {
    Stop::failed(Failure {
        code: "console.no_browser".into(),
        message: "The browser could not be opened.".into(),
        cause,
        hint: "Print the link, and open it yourself: keywell console PROFILE --print".into(),
    })
}
