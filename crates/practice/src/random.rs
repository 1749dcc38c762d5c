//! Random names: key ids, secrets, ids of requests and uploads.

use std::fmt::Write as _;

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Random bytes from the system.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Without a source of randomness no key may be made, and no caller could go on.
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

/// `n` characters of `[A-Z2-7]`, as the tails of AWS's ids.
pub(crate) fn base32(n: usize) -> String {
    (0..n)
        .map(|_| char::from(BASE32[usize::from(bytes::<1>()[0] % 32)]))
        .collect()
}

/// A secret access key: 40 characters of the base64 alphabet.
pub(crate) fn secret_access_key() -> String {
    bytes::<40>()
        .iter()
        .map(|byte| char::from(BASE64[usize::from(byte % 64)]))
        .collect()
}

/// Twelve digits, the first not zero.
pub(crate) fn account_id() -> String {
    let number = u64::from_le_bytes(bytes::<8>()) % 900_000_000_000 + 100_000_000_000;
    number.to_string()
}

/// `N` random bytes in lower-case hexadecimal.
pub(crate) fn hex<const N: usize>() -> String {
    to_hex(&bytes::<N>())
}

/// Lower-case hexadecimal.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// An id in the form of a UUID, as IAM and STS give to requests.
pub(crate) fn uuid() -> String {
    let hex = hex::<16>();
    format!(
        "{}-{}-4{}-8{}-{}",
        &hex[0..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..32]
    )
}
