//! Those who hold shares: a key pair each, of which the host learns the public half alone.

use bonafide_model::Entropy;
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable as _, Kem as KemTrait, OpModeR, OpModeS, Serializable as _};
use zeroize::Zeroizing;

use super::EscrowError;
use super::armour::Kind;

type Kem = X25519HkdfSha256;

const PUBLIC: Kind = Kind {
    name: "the public key of a recipient",
    prefix: "bfr1",
};
const SECRET: Kind = Kind {
    name: "the identity of a recipient",
    prefix: "bfi1",
};
const INFO: &[u8] = b"bonafide-escrow-v1";
/// Bytes of an encapsulated key.
const ENCAPPED_BYTES: usize = 32;

/// The public key of somebody who holds a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EscrowRecipient([u8; 32]);

impl EscrowRecipient {
    /// Reads `bfr1-…`.
    ///
    /// # Errors
    /// If a character is wrong.
    pub fn parse(text: &str) -> Result<Self, EscrowError> {
        let bytes = PUBLIC.read(text)?;
        let key = <[u8; 32]>::try_from(bytes.as_slice());
        let key = key.map_err(|_| EscrowError::Check(PUBLIC.name))?;
        <Kem as KemTrait>::PublicKey::from_bytes(&key)
            .map_err(|_| EscrowError::Check(PUBLIC.name))?;
        Ok(Self(key))
    }

    /// Writes `bfr1-…`.
    #[must_use]
    pub fn to_text(&self) -> String {
        PUBLIC.write(&self.0).to_string()
    }

    pub(super) fn seal(
        &self,
        plain: &[u8],
        context: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, EscrowError> {
        let failed = |_| EscrowError::Library("seal a share");
        let key = <Kem as KemTrait>::PublicKey::from_bytes(&self.0).map_err(failed)?;
        let (encapped, sealed) = hpke::single_shot_seal_with_rng::<AesGcm256, HkdfSha256, Kem>(
            &OpModeS::Base,
            &key,
            INFO,
            plain,
            context,
            &mut Chance(entropy),
        )
        .map_err(failed)?;
        Ok([encapped.to_bytes().as_slice(), &sealed].concat())
    }
}

/// The key pair of somebody who holds a share. On paper or on a stick, never on the host.
pub struct EscrowIdentity {
    key: <Kem as KemTrait>::PrivateKey,
}

impl EscrowIdentity {
    /// Makes one.
    #[must_use]
    pub fn random(entropy: &dyn Entropy) -> Self {
        let mut seed = Zeroizing::new([0_u8; 32]);
        entropy.fill(&mut *seed);
        let (key, _) = Kem::derive_keypair(&*seed);
        Self { key }
    }

    /// Reads `bfi1-…`.
    ///
    /// # Errors
    /// If a character is wrong.
    pub fn parse(text: &str) -> Result<Self, EscrowError> {
        let bytes = SECRET.read(text)?;
        let key = <Kem as KemTrait>::PrivateKey::from_bytes(&bytes);
        key.map(|key| Self { key })
            .map_err(|_| EscrowError::Check(SECRET.name))
    }

    /// Writes `bfi1-…`.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let bytes = Zeroizing::new(self.key.to_bytes().to_vec());
        SECRET.write(&bytes)
    }

    /// The public half.
    ///
    /// # Errors
    /// If the library fails.
    pub fn recipient(&self) -> Result<EscrowRecipient, EscrowError> {
        let bytes = Kem::sk_to_pk(&self.key).to_bytes();
        let key = <[u8; 32]>::try_from(bytes.as_slice());
        key.map(EscrowRecipient)
            .map_err(|_| EscrowError::Library("derive a public key"))
    }

    pub(super) fn open(&self, sealed: &[u8], context: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (encapped, sealed) = sealed.split_at_checked(ENCAPPED_BYTES)?;
        let encapped = <Kem as KemTrait>::EncappedKey::from_bytes(encapped).ok()?;
        let plain = hpke::single_shot_open::<AesGcm256, HkdfSha256, Kem>(
            &OpModeR::Base,
            &self.key,
            &encapped,
            INFO,
            sealed,
            context,
        );
        plain.ok().map(Zeroizing::new)
    }
}

/// The source of chance that was passed in, as the library wants it.
struct Chance<'a>(&'a dyn Entropy);

impl hpke::rand_core::TryRng for Chance<'_> {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl hpke::rand_core::TryCryptoRng for Chance<'_> {}
