//! Keys that outlive a process for a while: the Linux kernel's keyring of this user, where a key ends by itself at
//! its time, never reaches a disk, and can be read by this user's programs alone (keyrings(7)). Other systems have a
//! keychain and no such place, so nothing is remembered there.

use std::time::Duration;

use zeroize::Zeroizing;

#[cfg(target_os = "linux")]
mod kernel {
    use super::{Duration, Zeroizing};
    use linux_keyutils::{Key, KeyPermissionsBuilder, KeyRing, KeyRingIdentifier, Permission};

    fn find(name: &str) -> Option<Key> {
        let keyring = KeyRing::from_special_id(KeyRingIdentifier::User, false).ok()?;
        keyring.search(name).ok()
    }

    pub fn recall(name: &str) -> Option<Zeroizing<Vec<u8>>> {
        find(name)?.read_to_vec().ok().map(Zeroizing::new)
    }

    pub fn remember(name: &str, bytes: &[u8], time: Option<Duration>) -> bool {
        let keep = || {
            let keyring = KeyRing::from_special_id(KeyRingIdentifier::User, true).ok()?;
            let key = keyring.add_key(name, bytes).ok()?;
            // Sessions of the same user do not all possess the user's keyring, so the user gets the right to read.
            let permissions = KeyPermissionsBuilder::builder()
                .posessor(Permission::ALL)
                .user(
                    Permission::VIEW
                        | Permission::READ
                        | Permission::SEARCH
                        | Permission::SETATTR
                        | Permission::WRITE,
                )
                .build();
            let bounded = match time {
                Some(time) => key.set_timeout(usize::try_from(time.as_secs()).ok()?.max(1)),
                None => Ok(()),
            };
            let bounded = bounded.and_then(|()| key.set_perms(permissions));
            if bounded.is_err() {
                // A key that would stay for ever is worse than none.
                let _ = keyring.unlink_key(key);
                return None;
            }
            Some(())
        };
        keep().is_some()
    }

    pub fn forget(name: &str) -> bool {
        let Ok(keyring) = KeyRing::from_special_id(KeyRingIdentifier::User, false) else {
            return false;
        };
        match keyring.search(name) {
            Ok(key) => keyring.unlink_key(key).is_ok(),
            Err(_) => false,
        }
    }
}

#[cfg(target_os = "linux")]
pub(crate) use kernel::{forget, recall, remember};

#[cfg(not(target_os = "linux"))]
pub(crate) fn recall(_name: &str) -> Option<Zeroizing<Vec<u8>>> {
    None
}

/// Whether it will be recalled until `time` has passed; `None` until the machine is restarted.
#[cfg(not(target_os = "linux"))]
pub(crate) fn remember(_name: &str, _bytes: &[u8], _time: Option<Duration>) -> bool {
    false
}

/// Whether there was something to forget.
#[cfg(not(target_os = "linux"))]
pub(crate) fn forget(_name: &str) -> bool {
    false
}
