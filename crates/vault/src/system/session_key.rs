//! The key exchange and cipher of `dh-ietf1024-sha256-aes128-cbc-pkcs7`, the Secret Service's only algorithm that hides
//! secrets from who records the bus ("Transfer of Secrets" of its specification).

use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt, KeyIvInit};
use crypto_bigint::modular::ConstMontyParams as _;
use crypto_bigint::{U192, U1024, const_monty_form, const_monty_params};
use zeroize::Zeroizing;

pub(super) const ALGORITHM: &str = "dh-ietf1024-sha256-aes128-cbc-pkcs7";

// RFC 2409, 6.2: the second Oakley group; its generator is 2.
const_monty_params!(
    Oakley,
    U1024,
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74\
     020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437\
     4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED\
     EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF"
);
const_monty_form!(Element, Oakley);

const BYTES: usize = 1024 / 8;

/// Of an exponent. Twice the 77 to 80 bits that such a group resists (RFC 3766, 5; RFC 3526, 8, for the next larger one):
/// a longer one adds nothing, and takes its time in each start of the helper, on both ends of what it waits for.
const EXPONENT_BITS: u32 = 160;

/// This side of an exchange.
pub(super) struct Offer(Zeroizing<U192>);

/// What both sides know in the end.
pub(super) struct SessionKey(Zeroizing<[u8; 16]>);

impl Offer {
    pub fn new() -> Result<Offer, getrandom::Error> {
        let mut exponent = Zeroizing::new([0; U192::BYTES]);
        let (_, random) = exponent.split_at_mut(U192::BYTES - EXPONENT_BITS as usize / 8);
        getrandom::fill(random)?;
        Ok(Offer(Zeroizing::new(U192::from_be_slice(
            exponent.as_ref(),
        ))))
    }

    /// What the other side is told.
    pub fn public(&self) -> Vec<u8> {
        let two = Element::new(&U1024::from_u8(2));
        let public = two.pow_bounded_exp(&self.0, EXPONENT_BITS);
        public.retrieve().to_be_bytes().as_ref().to_vec()
    }

    /// `None` where the other side's number is none of the group's, or one that would fix the key.
    pub fn accept(&self, theirs: &[u8]) -> Option<SessionKey> {
        let theirs = number(theirs)?;
        let shared = Element::new(&theirs)
            .pow_bounded_exp(&self.0, EXPONENT_BITS)
            .retrieve();
        let mut shared = Zeroizing::new(shared.to_be_bytes());
        let mut key = Zeroizing::new([0; 16]);
        hkdf::Hkdf::<sha2_of_hkdf::Sha256>::new(None, shared.as_mut())
            .expand(&[], key.as_mut())
            .ok()?;
        Some(SessionKey(key))
    }
}

fn number(bytes: &[u8]) -> Option<U1024> {
    let start = bytes.iter().position(|byte| *byte != 0)?;
    let digits = &bytes[start..];
    let mut padded = [0; BYTES];
    padded
        .get_mut(BYTES.checked_sub(digits.len())?..)?
        .copy_from_slice(digits);
    let number = U1024::from_be_slice(&padded);
    let largest = Element::ZERO.sub(&Element::ONE).retrieve();
    (number > U1024::ONE && number < largest).then_some(number)
}

impl SessionKey {
    /// Decrypts in place; `None` where it is not what this key encrypted.
    pub fn open(&self, vector: &[u8], mut value: Zeroizing<Vec<u8>>) -> Option<Zeroizing<Vec<u8>>> {
        let vector: &[u8; 16] = vector.try_into().ok()?;
        let cipher = cbc::Decryptor::<aes::Aes128>::new((&*self.0).into(), vector.into());
        let length = cipher.decrypt_padded::<Pkcs7>(&mut value).ok()?.len();
        value.truncate(length);
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(exponent: u64) -> Offer {
        Offer(Zeroizing::new(U192::from_u64(exponent)))
    }

    #[test]
    fn both_sides_end_with_the_same_key() {
        let (ours, theirs) = (Offer::new().unwrap(), Offer::new().unwrap());
        let key = ours.accept(&theirs.public()).unwrap();
        assert_eq!(*key.0, *theirs.accept(&ours.public()).unwrap().0);
        assert_ne!(*key.0, *ours.accept(&offer(7).public()).unwrap().0);
    }

    /// HKDF-SHA256 of 2^15 as 128 bytes, and AES of it, by Python's `hmac` and OpenSSL.
    #[test]
    fn the_key_and_the_cipher_are_those_of_the_specification() {
        let public = offer(3).public();
        assert_eq!((public.len(), public[127]), (128, 8));
        let key = offer(5).accept(&public).unwrap();
        assert_eq!(
            data_encoding::HEXLOWER.encode(key.0.as_ref()),
            "6462469aadba5ed3b44e64d2540f94d8"
        );
        let value = data_encoding::HEXLOWER
            .decode(b"90a3e34f5905093a2357f696b9e00c870c805d5c84bf3bb6597e3e2ba8b74825")
            .unwrap();
        let opened = key.open(&[7; 16], Zeroizing::new(value)).unwrap();
        assert_eq!(opened.as_slice(), b"a secret of some length");
    }

    #[test]
    fn numbers_that_would_fix_the_key_are_refused() {
        let largest = Element::ZERO.sub(&Element::ONE).retrieve().to_be_bytes();
        let modulus = [&largest.as_ref()[..127], &[0xff]].concat();
        let long = [[1].as_slice(), &[0; 128]].concat();
        for refused in [
            [].as_slice(),
            &[0; 128],
            &[1],
            &[0, 1],
            largest.as_ref(),
            &modulus,
            &[0xff; 128],
            &long,
        ] {
            assert!(offer(5).accept(refused).is_none(), "{refused:?}");
        }
        let padded = [[0].as_slice(), &offer(3).public()].concat();
        assert!(offer(5).accept(&padded).is_some());
    }

    #[test]
    fn what_was_changed_on_the_way_is_refused() {
        let key = offer(5).accept(&offer(3).public()).unwrap();
        for (vector, value) in [(16, 15), (15, 16), (16, 0)] {
            let value = Zeroizing::new(vec![1; value]);
            assert!(key.open(&vec![1; vector], value).is_none());
        }
    }
}
