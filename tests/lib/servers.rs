//! Servers on the loopback address that a journey talks to; each ends with its guard.

use crate::home::Home;
use crate::programs;
use crate::wait_for;
use serde_json::Value;
use std::fs;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

const START: Duration = Duration::from_secs(30);

/// A port of 127.0.0.1 that nobody listens on.
///
/// # Panics
/// When there is none.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("a bound port").port()
}

pub(crate) fn listens(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

/// A child process that is ended and waited for when dropped.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `keywell practice start`, with its data in a folder of its own.
pub struct Practice {
    _process: Running,
    data: PathBuf,
    url: String,
}

impl Practice {
    /// Starts it with its data in `practice/` of the home, and waits until it answers.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn start(home: &Home, options: &[&str]) -> Practice {
        let (data, port) = (home.join("practice"), free_port());
        let mut command = home.command(programs::keywell_program());
        command
            .args(["practice", "start", "--port", &port.to_string(), "--data"])
            .arg(&data)
            .args(options);
        let log = fs::File::create(home.join("practice.log")).expect("a log below the home");
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log)
            .spawn()
            .expect("keywell can be started");
        let practice = Practice {
            _process: Running(child),
            data,
            url: format!("http://127.0.0.1:{port}"),
        };
        wait_for("the practice account", START, || {
            (listens(port) && practice.csv().exists()).then_some(())
        });
        practice
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// The folder with all that the practice account keeps.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The administrator's key, as the AWS console hands it out.
    pub fn csv(&self) -> PathBuf {
        self.data.join("admin_accessKeys.csv")
    }

    /// Access key ID and secret access key of the administrator.
    pub fn admin(&self) -> (String, String) {
        pair_in_csv(&self.csv())
    }

    /// How often an action of IAM or STS was called: `sts:AssumeRole`.
    ///
    /// # Panics
    /// When it does not say.
    pub fn calls(&self, action: &str) -> u64 {
        let record = fs::read(self.data.join("practice.json")).expect("a running account");
        let record: Value = serde_json::from_slice(&record).expect("JSON");
        let running = &record["running"];
        let port = running["control_port"].as_u64().expect("a port");
        let token = running["token"].as_str().expect("a token");
        let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).expect("it listens");
        writeln!(stream, "calls {token}").expect("it reads");
        let calls: Value = serde_json::from_reader(stream).expect("JSON");
        calls[action].as_u64().unwrap_or_default()
    }
}

/// The seed of a virtual MFA device as the practice account with this folder keeps it on disk: IAM tells it to nobody but
/// who made the device.
///
/// # Panics
/// When there is no such device.
pub fn practice_seed(data: &Path, device: &str) -> String {
    let kept = fs::read(data.join("practice.redb")).expect("an account");
    let kept = String::from_utf8_lossy(&kept);
    let before = format!(r#":mfa/{device}":{{"seed":""#);
    let (_, seed) = kept.rsplit_once(&before).expect("a device of this name");
    seed.split('"').next().expect("a seed ends").to_owned()
}

/// The first key of a console csv.
pub(crate) fn pair_in_csv(path: &Path) -> (String, String) {
    let text = fs::read_to_string(path).expect("a readable csv");
    let row = text.lines().nth(1).expect("a csv has a row");
    let (id, secret) = row.trim().split_once(',').expect("two columns");
    (id.to_owned(), secret.to_owned())
}

/// moto's server with its authorization on: the second opinion.
pub struct Moto {
    _process: Running,
    url: String,
    csv: PathBuf,
}

/// Makes the administrator with the four calls that moto lets through unsigned, and writes the console's csv.
const MAKE_ADMINISTRATOR: &str = r#"
import boto3, json, sys
iam = boto3.client("iam", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="unchecked")
iam.create_user(UserName="admin")
everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
iam.put_user_policy(UserName="admin", PolicyName="everything", PolicyDocument=json.dumps(everything))
key = iam.create_access_key(UserName="admin")["AccessKey"]
with open(sys.argv[2], "w", encoding="utf-8-sig", newline="") as csv:
    csv.write("Access key ID,Secret access key\r\n%s,%s\r\n" % (key["AccessKeyId"], key["SecretAccessKey"]))
iam.list_users()
"#;

impl Moto {
    /// Starts it, makes an administrator, and leaves the console's csv in the home's `Downloads/`.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn start(home: &Home) -> Moto {
        let port = free_port();
        let mut command = home.command(programs::python_program("moto_server"));
        command
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .env("INITIAL_NO_AUTH_ACTION_COUNT", "4");
        let log = fs::File::create(home.join("moto.log")).expect("a log below the home");
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log)
            .spawn()
            .expect("moto can be started");
        let moto = Moto {
            _process: Running(child),
            url: format!("http://127.0.0.1:{port}"),
            csv: home.write("Downloads/admin_accessKeys.csv", ""),
        };
        wait_for("moto", START, || listens(port).then_some(()));
        home.python(
            MAKE_ADMINISTRATOR,
            &[&moto.url, &moto.csv.to_string_lossy()],
        )
        .succeeded();
        moto
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn csv(&self) -> &Path {
        &self.csv
    }

    /// Access key ID and secret access key of the administrator.
    pub fn admin(&self) -> (String, String) {
        pair_in_csv(&self.csv)
    }
}
