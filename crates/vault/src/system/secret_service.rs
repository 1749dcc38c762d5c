//! Linux and the BSDs: the Secret Service (GNOME Keyring, KWallet, KeePassXC) over zbus.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::sync::Arc;

use keyring_core::{CredentialStore, Error};
use secret_service::EncryptionType;
use secret_service::blocking::SecretService;

use super::secret_service_store::{Keyring, library_error};
use crate::ErrorKind;

pub(super) const SERVICE: &str = "org.freedesktop.secrets";
pub(super) const PATH: &str = "/org/freedesktop/secrets";
pub(super) const SERVICE_INTERFACE: &str = "org.freedesktop.Secret.Service";

/// What each connection asks first, and whose answer it waits for: an alias that is not there.
///
/// GNOME Keyring (42 to 50 at least) notes a new client only after it has taken in the client's first call, and one time
/// in a thousand after it has answered it. It answers this call without a look at the client; where the first call is
/// "OpenSession", it ends by itself, and whoever asks next finds the keyring locked
/// (<https://gitlab.gnome.org/GNOME/gnome-keyring/-/issues/196>).
pub(super) const FIRST_CALL: &str = "ReadAlias";
pub(super) const NO_ALIAS: &str = "keywell";

pub(super) const LABEL: &str = "Login keyring";

/// What the library's "no access" means where [`kind`] does not know better.
pub(super) const NO_ACCESS: ErrorKind = ErrorKind::Denied;

pub(super) fn open() -> Result<Arc<CredentialStore>, Error> {
    let service = connect(EncryptionType::Dh).map_err(library_error)?;
    Ok(Arc::new(Keyring::of(service)))
}

/// A session on a connection of its own.
pub(super) fn connect(
    encryption: EncryptionType,
) -> Result<SecretService<'static>, secret_service::Error> {
    let connection = zbus::blocking::Connection::session()?;
    let first = connection.call_method(
        Some(SERVICE),
        PATH,
        Some(SERVICE_INTERFACE),
        FIRST_CALL,
        &(NO_ALIAS,),
    );
    match first {
        // A service may refuse an alias that is not there; whether it refuses sessions, too, is for it to say.
        Ok(_) | Err(zbus::Error::MethodError(..)) => {
            SecretService::connect_with_existing(encryption, connection)
        }
        Err(error) => Err(error.into()),
    }
}

/// The label is what a person sees in "Passwords and Keys". Attributes are readable by every program of the
/// session, so they hold nothing but the names.
pub(super) fn modifiers() -> HashMap<&'static str, &'static str> {
    HashMap::from([("label", "Keywell: AWS access key")])
}

pub(super) fn all_of_service() -> HashMap<&'static str, &'static str> {
    HashMap::from([("service", crate::SERVICE)])
}

/// Makes sure that the default collection is there and unlocked, which may prompt and wait for a person.
///
/// It is a step of its own, before any write: the store's own write unlocks and creates in one go, and could create
/// an item long after its caller has given up.
pub(super) fn unlock() -> Result<(), Error> {
    // Nothing secret passes over this connection.
    let service = connect(EncryptionType::Plain).map_err(library_error)?;
    let collection = service.get_default_collection().map_err(library_error)?;
    if collection.is_locked().map_err(library_error)? {
        collection.unlock().map_err(library_error)?;
    }
    Ok(())
}

/// What a library error means, where it is one whose meaning is known.
pub(super) fn kind(error: &(dyn StdError + Send + Sync + 'static)) -> Option<ErrorKind> {
    use secret_service::Error as ServiceError;
    match error.downcast_ref::<ServiceError>()? {
        ServiceError::Locked | ServiceError::Prompt => Some(ErrorKind::Locked),
        ServiceError::NoResult => Some(ErrorKind::NoKeyring),
        ServiceError::Unavailable | ServiceError::PromptDisconnected => Some(ErrorKind::NoService),
        ServiceError::Zbus(error) => bus_kind(error),
        ServiceError::ZbusFdo(error) => fdo_kind(error),
        _ => None,
    }
}

/// Whether the service refused the session, so that it did nothing of what was asked.
///
/// KWallet 5.103 does so without our fault, told by its own words: it takes no public key whose first byte is zero, which
/// the library sends without it (one of 256), and it loses sessions while others come and go.
pub(super) fn wants_another_session(error: &(dyn StdError + Send + Sync + 'static)) -> bool {
    use secret_service::Error as ServiceError;
    match error.downcast_ref::<ServiceError>() {
        Some(ServiceError::Zbus(error)) => refuses_session(error),
        Some(ServiceError::ZbusFdo(error)) => fdo_refuses_session(error),
        _ => false,
    }
}

fn refuses_session(error: &zbus::Error) -> bool {
    match error {
        zbus::Error::MethodError(name, ..) => matches!(
            name.as_str(),
            "org.freedesktop.Secret.Error.NoSession"
                | "org.freedesktop.DBus.Error.InvalidArgs"
                | "org.freedesktop.DBus.Error.UnknownObject"
                | "org.qtproject.QtDBus.Error.InvalidObjectPath"
        ),
        zbus::Error::FDO(error) => fdo_refuses_session(error),
        _ => false,
    }
}

fn fdo_refuses_session(error: &zbus::fdo::Error) -> bool {
    use zbus::fdo::Error as Fdo;
    match error {
        Fdo::InvalidArgs(_) | Fdo::UnknownObject(_) => true,
        Fdo::ZBus(error) => refuses_session(error),
        _ => false,
    }
}

fn bus_kind(error: &zbus::Error) -> Option<ErrorKind> {
    match error {
        // Names from the Secret Service and D-Bus specifications.
        zbus::Error::MethodError(name, ..) => match name.as_str() {
            "org.freedesktop.DBus.Error.ServiceUnknown"
            | "org.freedesktop.DBus.Error.NameHasNoOwner" => Some(ErrorKind::NoProvider),
            "org.freedesktop.DBus.Error.NoReply" | "org.freedesktop.DBus.Error.Disconnected" => {
                Some(ErrorKind::BrokeOff)
            }
            "org.freedesktop.DBus.Error.AccessDenied" => Some(ErrorKind::Denied),
            "org.freedesktop.DBus.Error.Timeout" | "org.freedesktop.DBus.Error.TimedOut" => {
                Some(ErrorKind::TimedOut)
            }
            "org.freedesktop.Secret.Error.IsLocked" => Some(ErrorKind::Locked),
            "org.freedesktop.Secret.Error.NoSuchObject" => Some(ErrorKind::NoEntry),
            // Activation of the service failed: Spawn.ExecFailed, Spawn.ServiceNotFound and others.
            name if name.starts_with("org.freedesktop.DBus.Error.Spawn.") => {
                Some(ErrorKind::NoProvider)
            }
            _ => None,
        },
        zbus::Error::FDO(error) => fdo_kind(error),
        zbus::Error::InputOutput(_)
        | zbus::Error::Connection(..)
        | zbus::Error::Address(_)
        | zbus::Error::Handshake(_)
        | zbus::Error::InterfaceNotFound => Some(ErrorKind::NoService),
        _ => None,
    }
}

fn fdo_kind(error: &zbus::fdo::Error) -> Option<ErrorKind> {
    use zbus::fdo::Error as Fdo;
    match error {
        Fdo::ServiceUnknown(_)
        | Fdo::NameHasNoOwner(_)
        | Fdo::SpawnExecFailed(_)
        | Fdo::SpawnServiceNotFound(_)
        | Fdo::SpawnFailed(_) => Some(ErrorKind::NoProvider),
        Fdo::NoReply(_) | Fdo::Disconnected(_) => Some(ErrorKind::BrokeOff),
        Fdo::NoServer(_) => Some(ErrorKind::NoService),
        Fdo::AccessDenied(_) => Some(ErrorKind::Denied),
        Fdo::Timeout(_) | Fdo::TimedOut(_) => Some(ErrorKind::TimedOut),
        Fdo::ZBus(error) => bus_kind(error),
        _ => None,
    }
}
