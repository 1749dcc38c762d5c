//! Reads an item of the Secret Service with few steps and without a thread.
//!
//! AWS clients start the helper for each of their calls, and most of such a start went into the library's key exchange
//! and its runtime. So the few messages of a read are written to the bus here, as many at once as do not wait for one
//! another. Whatever does not go as planned is left to the library, which knows what to do or what to say.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use zbus::address::Transport;
use zbus::address::transport::UnixSocket;
use zbus::zvariant::serialized::{Context, Data};
use zbus::zvariant::{
    DynamicType, NATIVE_ENDIAN, OwnedObjectPath, OwnedValue, Type, Value, to_bytes,
};
use zeroize::Zeroizing;

use super::native::{FIRST_CALL, NO_ALIAS, PATH, SERVICE, SERVICE_INTERFACE};
use super::session_key::{ALGORITHM, Offer, SessionKey};

const ITEM_INTERFACE: &str = "org.freedesktop.Secret.Item";
const BUS: &str = "org.freedesktop.DBus";

/// More than an item of ours takes, in bytes.
const LONGEST_MESSAGE: usize = 1 << 20;

/// While items come and go, GNOME Keyring 42 once in a while calls one locked in a keyring that is open. The library would
/// ask a person to unlock it, so there is another look before that.
const SEARCHES: usize = 3;
const PAUSE: Duration = Duration::from_millis(25);

pub(super) struct Reader {
    bus: Bus,
    session: OwnedObjectPath,
    key: SessionKey,
}

/// "Secret" of the specification: session, parameters, value, content type.
type Encrypted = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

impl Reader {
    /// Opens a session with the service, which the bus starts where it has to. `patience` is how long each answer may
    /// take.
    pub fn open(patience: Duration) -> Option<Reader> {
        let offer = Offer::new().ok()?;
        let mut bus = Bus::connect(patience)?;
        let hello = bus.call(
            Call {
                service: BUS,
                path: "/org/freedesktop/DBus",
                interface: BUS,
                method: "Hello",
            },
            None::<(&str, &())>,
        )?;
        let first = bus.call(Call::of_service(FIRST_CALL), Some(("s", &(NO_ALIAS,))))?;
        bus.flush_after_greeting()?;
        bus.answer::<String>(hello)?;
        bus.answer::<OwnedObjectPath>(first)?;
        let input = Value::from(offer.public());
        let opened = bus.call(
            Call::of_service("OpenSession"),
            Some(("sv", &(ALGORITHM, input))),
        )?;
        bus.flush()?;
        let (output, session): (OwnedValue, OwnedObjectPath) = bus.answer(opened)?;
        let key = offer.accept(&Vec::<u8>::try_from(output).ok()?)?;
        Some(Reader { bus, session, key })
    }

    /// What is stored under a name. `None` also where there is not exactly one such item, or it is locked.
    pub fn read(&mut self, service: &str, account: &str) -> Option<Zeroizing<Vec<u8>>> {
        let mut found = self.search(service, account)?;
        for _ in 1..SEARCHES {
            if found.1.is_empty() {
                break;
            }
            thread::sleep(PAUSE);
            found = self.search(service, account)?;
        }
        let ([item], []) = (found.0.as_slice(), found.1.as_slice()) else {
            return None;
        };
        let secret = self.bus.call(
            Call {
                service: SERVICE,
                path: item.as_str(),
                interface: ITEM_INTERFACE,
                method: "GetSecret",
            },
            Some(("o", &(&self.session,))),
        )?;
        self.bus.flush()?;
        let (_, vector, value, _): Encrypted = self.bus.answer(secret)?;
        self.key.open(&vector, Zeroizing::new(value))
    }

    /// The items of a name: those that are unlocked, and those that are not.
    fn search(
        &mut self,
        service: &str,
        account: &str,
    ) -> Option<(Vec<OwnedObjectPath>, Vec<OwnedObjectPath>)> {
        let attributes = HashMap::from([("service", service), ("username", account)]);
        let found = self.bus.call(
            Call::of_service("SearchItems"),
            Some(("a{ss}", &(attributes,))),
        )?;
        self.bus.flush()?;
        self.bus.answer(found)
    }
}

/// The D-Bus specification's "Message Format", as far as a caller of methods needs it.
struct Bus {
    stream: BufReader<UnixStream>,
    serial: u32,
    waiting: Vec<u8>,
}

struct Call<'a> {
    service: &'a str,
    path: &'a str,
    interface: &'a str,
    method: &'a str,
}

impl Call<'static> {
    fn of_service(method: &'static str) -> Call<'static> {
        Call {
            service: SERVICE,
            path: PATH,
            interface: SERVICE_INTERFACE,
            method,
        }
    }
}

#[cfg(target_endian = "little")]
const ENDIAN: u8 = b'l';
#[cfg(target_endian = "big")]
const ENDIAN: u8 = b'B';
const VERSION: u8 = 1;
const METHOD_CALL: u8 = 1;
const METHOD_RETURN: u8 = 2;
const HEADER_FIXED: usize = 16;
mod field {
    pub const PATH: u8 = 1;
    pub const INTERFACE: u8 = 2;
    pub const MEMBER: u8 = 3;
    pub const REPLY_SERIAL: u8 = 5;
    pub const DESTINATION: u8 = 6;
    pub const SIGNATURE: u8 = 8;
}

type Header<'a> = (u8, u8, u8, u8, u32, u32, Vec<(u8, Value<'a>)>);

impl Bus {
    fn connect(patience: Duration) -> Option<Bus> {
        let address = zbus::Address::session().ok()?;
        let Transport::Unix(socket) = address.transport() else {
            return None;
        };
        let stream = match socket.path() {
            UnixSocket::File(path) => UnixStream::connect(path),
            #[cfg(target_os = "linux")]
            UnixSocket::Abstract(name) => {
                use std::os::linux::net::SocketAddrExt as _;
                std::os::unix::net::SocketAddr::from_abstract_name(name.as_encoded_bytes())
                    .and_then(|name| UnixStream::connect_addr(&name))
            }
            _ => return None,
        }
        .ok()?;
        stream.set_read_timeout(Some(patience)).ok()?;
        stream.set_write_timeout(Some(patience)).ok()?;
        // "Authentication Protocol": the kernel tells the bus who this is, so there is nothing to say but one's name.
        let user = rustix::process::getuid().as_raw().to_string();
        let mut waiting = b"\0AUTH EXTERNAL ".to_vec();
        waiting.extend(
            user.bytes()
                .flat_map(|digit| format!("{digit:02x}").into_bytes()),
        );
        waiting.extend(b"\r\nBEGIN\r\n");
        Some(Bus {
            stream: BufReader::new(stream),
            serial: 0,
            waiting,
        })
    }

    /// Puts a call behind those that wait to be sent, and returns the number that its answer will bear.
    fn call<B: Serialize + DynamicType>(
        &mut self,
        call: Call<'_>,
        body: Option<(&str, &B)>,
    ) -> Option<u32> {
        self.serial += 1;
        let (signature, body) = match body {
            Some((signature, body)) => {
                let context = Context::new_dbus(NATIVE_ENDIAN, 0);
                (signature, to_bytes(context, body).ok()?.bytes().to_vec())
            }
            None => ("", Vec::new()),
        };
        let mut header = vec![ENDIAN, METHOD_CALL, 0, VERSION];
        header.extend(u32::try_from(body.len()).ok()?.to_ne_bytes());
        header.extend(self.serial.to_ne_bytes());
        // The length of the fields, which is known once they are written.
        header.extend([0; 4]);
        for (name, kind, text) in [
            (field::PATH, b'o', call.path),
            (field::DESTINATION, b's', call.service),
            (field::INTERFACE, b's', call.interface),
            (field::MEMBER, b's', call.method),
            (field::SIGNATURE, b'g', signature),
        ] {
            header.resize(header.len().next_multiple_of(8), 0);
            header.extend([name, 1, kind, 0]);
            let length = u32::try_from(text.len()).ok()?;
            match kind {
                b'g' => header.push(u8::try_from(length).ok()?),
                _ => header.extend(length.to_ne_bytes()),
            }
            header.extend(text.as_bytes());
            header.push(0);
        }
        let fields = u32::try_from(header.len() - HEADER_FIXED).ok()?;
        header[HEADER_FIXED - 4..HEADER_FIXED].copy_from_slice(&fields.to_ne_bytes());
        header.resize(header.len().next_multiple_of(8), 0);
        self.waiting.extend(header);
        self.waiting.extend(body);
        Some(self.serial)
    }

    fn flush(&mut self) -> Option<()> {
        let sent = self.stream.get_mut().write_all(&self.waiting);
        self.waiting.clear();
        sent.ok()
    }

    /// As [`Bus::flush`], for what goes out with the greeting, which is answered by a line of text.
    fn flush_after_greeting(&mut self) -> Option<()> {
        self.flush()?;
        let mut line = Vec::new();
        (&mut self.stream)
            .take(LONGEST_MESSAGE as u64)
            .read_until(b'\n', &mut line)
            .ok()?;
        line.starts_with(b"OK ").then_some(())
    }

    fn answer<T>(&mut self, serial: u32) -> Option<T>
    where
        T: for<'a> Deserialize<'a> + Type,
    {
        answer(&mut self.stream, serial)
    }
}

/// Reads until the answer to a call; `None` where it is an error.
fn answer<T>(stream: &mut impl Read, serial: u32) -> Option<T>
where
    T: for<'a> Deserialize<'a> + Type,
{
    let context = Context::new_dbus(NATIVE_ENDIAN, 0);
    loop {
        let mut message = vec![0; HEADER_FIXED];
        stream.read_exact(&mut message).ok()?;
        let number = |at: usize| {
            let bytes = message.get(at..at + 4)?.try_into().ok()?;
            usize::try_from(u32::from_ne_bytes(bytes)).ok()
        };
        let body = HEADER_FIXED.checked_add(number(12)?)?.next_multiple_of(8);
        let length = body.checked_add(number(4)?)?;
        if message[0] != ENDIAN || length > LONGEST_MESSAGE {
            return None;
        }
        message.resize(length, 0);
        stream.read_exact(&mut message[HEADER_FIXED..]).ok()?;
        let message = Data::new(message, context);
        let (header, _): (Header, _) = message.deserialize().ok()?;
        let answers = |(name, value): &(u8, Value)| {
            *name == field::REPLY_SERIAL && *value == Value::from(serial)
        };
        // Signals and the like are for nobody here.
        if header.6.iter().any(answers) {
            let body = Data::new(message.bytes()[body..].to_vec(), context);
            return (header.1 == METHOD_RETURN)
                .then(|| body.deserialize().ok())?
                .map(|(value, _)| value);
        }
    }
}

/// Whether any bytes from the bus are taken for one of the answers that are waited for.
#[cfg(fuzzing)]
pub(crate) fn is_answer(bytes: &[u8], serial: u32) -> bool {
    answer::<String>(&mut &*bytes, serial).is_some()
        || answer::<(OwnedValue, OwnedObjectPath)>(&mut &*bytes, serial).is_some()
        || answer::<(Vec<OwnedObjectPath>, Vec<OwnedObjectPath>)>(&mut &*bytes, serial).is_some()
        || answer::<Encrypted>(&mut &*bytes, serial).is_some()
}
