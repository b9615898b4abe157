//! Fixed bytes, computed apart with Python (`hmac`, and AES-GCM of `cryptography`) from the layout in the module docs.
//! A change that breaks one makes everything stored before it unreadable: it needs a new layout version.

use std::sync::atomic::{AtomicU8, Ordering};

use bonafide_model::Entropy;
use bonafide_seal::envelope::{open, seal};
use bonafide_seal::{Aad, ContentKey, Keyring, Purpose, SubjectKeys};

use super::{SUBJECT, TENANT, aml, start};

const ENVELOPE: &str = "01202122232425262728292a2b5f6f582a4c4d310729e83264eb6a2c2a7e4d8fa703612c308b8c03cd9c6f8d9d\
    7476e4d4dd90b1ca712f312e3f1e02f35f1a8ab954";
const WRAPPED: &str = "01202122232425262728292a2b1e559b62f1ba0a73592edc7218930f144b79f994f261d5a9ac07887f8e0eedd5\
    b672bf3d907a55862a5d27d3297786851f6e3af9ade2463fe1a5520d60bd85cd9205da396fde8e7b10e705c356e7cb429b5b8992548c";

/// Gives 0, 1, 2, …
#[derive(Default)]
struct Counting(AtomicU8);

impl Entropy for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed));
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[test]
fn an_envelope_has_the_published_layout() {
    let chance = Counting::default();
    let key = ContentKey::random(&chance);
    let place = Aad {
        tenant: TENANT,
        record: SUBJECT,
        field: "name",
        version: 7,
    };
    let sealed = seal(&key, &place, "Ünal".as_bytes(), &chance).unwrap();
    assert_eq!(hex(&sealed), ENVELOPE);
    assert_eq!(
        open(&key, &place, &sealed).unwrap().expose(),
        "Ünal".as_bytes()
    );
}

#[test]
fn a_wrapped_row_has_the_published_layout() {
    let keyring = Keyring::create(start(), &Counting::default());
    let chance = Counting::default();
    let keys = SubjectKeys::generate([(Purpose::Identity, aml())], &chance).unwrap();
    let row = keys.wrap(&keyring, TENANT, SUBJECT, &chance).unwrap();
    assert_eq!(hex(&row.bytes), WRAPPED);
    assert!(SubjectKeys::unwrap(&row, &keyring, TENANT, SUBJECT).is_ok());
}
