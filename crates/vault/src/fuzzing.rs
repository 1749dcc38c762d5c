//! Doors for the fuzz targets, to parsers that are nobody else's concern.

use crate::item;

/// Whether bytes from the bus are taken for the answer to the call of that number.
#[cfg(not(any(target_os = "macos", windows)))]
pub fn is_bus_answer(bytes: &[u8], serial: u32) -> bool {
    crate::system::is_answer(bytes, serial)
}

/// What a store gave back, written again as Keywell writes it; none when it is no item of Keywell's.
pub fn item_again(bytes: &[u8]) -> Option<(crate::Item, crate::Item)> {
    let read = item::decode("AKIAIOSFODNN7EXAMPLE", bytes).ok()?;
    let written = item::encode(&read).ok()?;
    let again = item::decode("AKIAIOSFODNN7EXAMPLE", written.as_bytes()).ok()?;
    Some((read, again))
}
