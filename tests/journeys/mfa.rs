//! Virtual MFA devices as a person has them: the app on the phone is the algorithm of RFC 6238 in a few lines of Python.

use keywell_journeys::{Home, Screens, Window, practice_seed, wait_for, windows_titled};
use std::time::Duration;

use crate::window;

const CODE: &str = r#"
import base64, hmac, struct, sys, time
def code(seed, ahead):
    digest = hmac.new(base64.b32decode(seed), struct.pack(">Q", int(time.time()) // 30 + ahead), "sha1").digest()
    at = digest[-1] & 15
    return "%06d" % ((struct.unpack(">I", digest[at:at + 4])[0] & 0x7FFFFFFF) % 10**6)
"#;

const PRINT: &str = "print(*(code(sys.argv[1], int(ahead)) for ahead in sys.argv[2:]))";

const ENROL: &str = r#"
import boto3
iam = boto3.Session(profile_name=sys.argv[1]).client("iam")
device = iam.create_virtual_mfa_device(VirtualMFADeviceName=sys.argv[2])["VirtualMFADevice"]
seed = device["Base32StringSeed"].decode()
iam.enable_mfa_device(UserName="admin", SerialNumber=device["SerialNumber"],
    AuthenticationCode1=code(seed, -1), AuthenticationCode2=code(seed, 0))
print(device["SerialNumber"], seed)
"#;

/// A device that is set up, as its app has it.
pub struct Device {
    pub serial: String,
    pub seed: String,
}

impl Device {
    /// Gives the administrator a device.
    pub fn enrol(home: &Home, profile: &str, name: &str) -> Device {
        let made = home.python(&format!("{CODE}{ENROL}"), &[profile, name]);
        let made = made.succeeded().stdout;
        let (serial, seed) = made.trim().split_once(' ').expect("a serial and a seed");
        Device {
            serial: serial.to_owned(),
            seed: seed.to_owned(),
        }
    }

    /// The code that the device shows in the window of 30 seconds after this one, which AWS takes already. The two that
    /// confirmed the device are used up.
    pub fn next_code(&self, home: &Home) -> String {
        codes(home, &self.seed, ["1"]).remove(0)
    }
}

/// What a seed shows so many windows of 30 seconds from now.
fn codes<const N: usize>(home: &Home, seed: &str, ahead: [&str; N]) -> Vec<String> {
    let arguments = [&[seed], ahead.as_slice()].concat();
    let shown = home.python(&format!("{CODE}{PRINT}"), &arguments);
    let shown = shown.succeeded().stdout;
    shown.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn a_device_is_set_up_from_the_window_with_its_qr_code_in_a_window_of_its_own() {
    const QR: &str = "MFA device";
    let home = Home::new();
    let window = Window::open(&home);
    let csv = window::practise(&home, &window);
    window::set_up_by_drop(&window, &csv);
    window.go("#/keys/admin");
    window.see("mfa-none");
    // What comes above it moves it down.
    window.reads("Attached policies");
    window.click("mfa-add");
    window.fill("mfa-name", "phone");
    window.click("mfa-run");
    window.see("mfa-first");
    wait_for("the QR code", Duration::from_secs(20), || {
        (windows_titled(QR) == 1).then_some(())
    });
    window.picture_of(QR, "mfa-qr-code");
    let mut screens = Screens::default();
    screens.look(&window, "mfa-setup");

    let seed = practice_seed(&home.join(".keywell/practice"), "phone");
    assert!(!window.remains().contains(&seed), "the page has the seed");
    window.fill("mfa-first", "000000");
    window.fill("mfa-second", "000000");
    window.click("mfa-run");
    window.see("[data-test=\"error\"]");
    let right = codes(&home, &seed, ["-1", "0"]);
    window.fill("mfa-first", &right[0]);
    window.fill("mfa-second", &right[1]);
    window.click("mfa-run");
    window.see("mfa-use");
    wait_for("the QR code to go", Duration::from_secs(20), || {
        (windows_titled(QR) == 0).then_some(())
    });
    screens.look(&window, "mfa-done");
    window.click("mfa-use");
    window.see("mfa-device");
    screens.look(&window, "mfa-devices");
    let config = home.aws_config();
    assert!(config.contains(":mfa/phone"), "{config}");
    screens.finish();
}
