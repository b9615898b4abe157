//! A software wallet and the issuers behind it: keys, certificates, credentials in both formats, and presentations of
//! them, made as the standards say and independently of the code that verifies them.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{self, ECDH_P256};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsBigEndian as _, EcPrivateKeyBin};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

pub(crate) fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA256, bytes).as_ref().to_vec()
}

#[expect(
    clippy::disallowed_methods,
    reason = "keys of tests are made by chance"
)]
fn chance() -> SystemRandom {
    SystemRandom::new()
}

/// A key pair on P-256, signing in both forms.
pub(crate) struct Key {
    fixed: EcdsaKeyPair,
    asn1: EcdsaKeyPair,
    private: Vec<u8>,
}

impl Key {
    pub(crate) fn new() -> Self {
        let rng = chance();
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &rng).unwrap();
        let made = made.as_ref();
        let fixed = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, made).unwrap();
        let private: EcPrivateKeyBin<'_> = fixed.private_key().as_be_bytes().unwrap();
        let private = private.as_ref().to_vec();
        let asn1 = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, made).unwrap();
        Self {
            fixed,
            asn1,
            private,
        }
    }

    /// The point, uncompressed.
    pub(crate) fn point(&self) -> Vec<u8> {
        self.fixed.public_key().as_ref().to_vec()
    }

    pub(crate) fn jwk(&self) -> Value {
        let point = self.point();
        json!({"kty": "EC", "crv": "P-256", "x": b64(&point[1..33]), "y": b64(&point[33..])})
    }

    /// With the private part, as a verifier keeps it.
    pub(crate) fn private_jwk(&self) -> Value {
        let mut jwk = self.jwk();
        jwk["d"] = json!(b64(&self.private));
        jwk
    }

    fn cose_key(&self) -> Vec<u8> {
        let point = self.point();
        map(&[
            (int(1), int(2)),
            (int(-1), int(1)),
            (int(-2), bytes(&point[1..33])),
            (int(-3), bytes(&point[33..])),
        ])
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.fixed
            .sign(&chance(), message)
            .unwrap()
            .as_ref()
            .to_vec()
    }

    fn sign_asn1(&self, message: &[u8]) -> Vec<u8> {
        self.asn1
            .sign(&chance(), message)
            .unwrap()
            .as_ref()
            .to_vec()
    }

    pub(crate) fn jwt(&self, header: &Value, payload: &Value) -> String {
        let signed = format!("{}.{}", b64(header.to_string()), b64(payload.to_string()));
        let signature = b64(self.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }
}

// --- certificates -----------------------------------------------------------------------------------------------------

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match content.len() {
        n @ 0..=127 => out.push(u8::try_from(n).unwrap()),
        n @ 128..=255 => out.extend([0x81, u8::try_from(n).unwrap()]),
        n => out.extend([
            0x82,
            u8::try_from(n >> 8).unwrap(),
            u8::try_from(n & 255).unwrap(),
        ]),
    }
    out.extend(content);
    out
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    der(0x30, &parts.concat())
}

fn name(common: &str) -> Vec<u8> {
    let attribute = |oid: &[u8], tag: u8, text: &str| {
        der(0x31, &sequence(&[der(6, oid), der(tag, text.as_bytes())]))
    };
    sequence(&[
        attribute(&[0x55, 4, 6], 0x13, "UT"),
        attribute(&[0x55, 4, 3], 0x0c, common),
    ])
}

/// What a certificate is for.
pub(crate) enum Profile {
    Authority,
    /// Signs mobile driving licences.
    Mdl,
    /// Signs anything, and goes by this host.
    Host(&'static str),
}

/// A certificate of 2024 to 2034.
pub(crate) fn certificate(
    subject: &str,
    key: &Key,
    issuer: &str,
    signer: &Key,
    profile: &Profile,
) -> Vec<u8> {
    let ecdsa = sequence(&[der(6, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2])]);
    let extension = |id: u8, critical: bool, value: Vec<u8>| {
        let mut parts = vec![der(6, &[0x55, 0x1d, id])];
        if critical {
            parts.push(der(1, &[0xff]));
        }
        parts.push(der(4, &value));
        sequence(&parts)
    };
    let signing = extension(15, true, der(3, &[7, 0x80]));
    let extensions = match profile {
        Profile::Authority => vec![
            extension(19, true, sequence(&[der(1, &[0xff])])),
            extension(15, true, der(3, &[1, 6])),
        ],
        Profile::Mdl => {
            let purpose = der(6, &[0x28, 0x81, 0x8c, 0x5d, 5, 1, 2]);
            vec![signing, extension(37, true, sequence(&[purpose]))]
        }
        Profile::Host(host) => {
            vec![
                signing,
                extension(17, false, sequence(&[der(0x82, host.as_bytes())])),
            ]
        }
    };
    let curve = sequence(&[
        der(6, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]),
        der(6, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]),
    ]);
    let mut point = vec![0];
    point.extend(key.point());
    let signed = sequence(&[
        der(0xa0, &der(2, &[2])),
        der(2, &[u8::try_from(subject.len()).unwrap()]),
        ecdsa.clone(),
        name(issuer),
        sequence(&[der(0x17, b"240101000000Z"), der(0x17, b"340101000000Z")]),
        name(subject),
        sequence(&[curve, der(3, &point)]),
        der(0xa3, &sequence(&extensions)),
    ]);
    let mut signature = vec![0];
    signature.extend(signer.sign_asn1(&signed));
    sequence(&[signed, ecdsa, der(3, &signature)])
}

/// An authority with a signer under it.
pub(crate) struct Issuer {
    pub(crate) key: Key,
    pub(crate) certificate: Vec<u8>,
    pub(crate) anchor: Vec<u8>,
}

impl Issuer {
    pub(crate) fn new(profile: &Profile) -> Self {
        let (root, key) = (Key::new(), Key::new());
        Self {
            certificate: certificate("Signer", &key, "Authority", &root, profile),
            anchor: certificate("Authority", &root, "Authority", &root, &Profile::Authority),
            key,
        }
    }

    /// The anchor as a context takes it.
    pub(crate) fn trust(&self) -> Value {
        json!(STANDARD.encode(&self.anchor))
    }
}

// --- SD-JWT VC --------------------------------------------------------------------------------------------------------

/// A credential in a wallet: the issuer's token, and all its disclosures by name.
pub(crate) struct SdJwt {
    pub(crate) token: String,
    pub(crate) disclosures: Vec<(String, String)>,
}

/// Issues a credential; every claim can be disclosed by itself. `plain` goes into the payload as it is.
pub(crate) fn issue_sd_jwt(
    issuer: &Key,
    header: &Value,
    plain: &Value,
    claims: &Value,
    holder: &Key,
) -> SdJwt {
    let mut disclosures = Vec::new();
    let mut digests = Vec::new();
    for (n, (name, value)) in claims.as_object().unwrap().iter().enumerate() {
        let disclosure = b64(json!([format!("salt-of-sixteen-{n}"), name, value]).to_string());
        digests.push(json!(b64(sha256(disclosure.as_bytes()))));
        disclosures.push((name.clone(), disclosure));
    }
    let mut payload: Map<String, Value> = plain.as_object().unwrap().clone();
    payload.insert("_sd".into(), Value::Array(digests));
    payload.insert("cnf".into(), json!({"jwk": holder.jwk()}));
    SdJwt {
        token: issuer.jwt(header, &Value::Object(payload)),
        disclosures,
    }
}

impl SdJwt {
    /// The claims of these names, without a proof.
    pub(crate) fn disclose(&self, names: &[&str]) -> String {
        let mut out = format!("{}~", self.token);
        for (name, disclosure) in &self.disclosures {
            if names.contains(&name.as_str()) {
                out.push_str(disclosure);
                out.push('~');
            }
        }
        out
    }

    /// The claims of these names with the holder's proof.
    pub(crate) fn present(
        &self,
        names: &[&str],
        holder: &Key,
        aud: &str,
        nonce: &str,
        iat: i64,
    ) -> String {
        let shown = self.disclose(names);
        let payload = json!({"aud": aud, "nonce": nonce, "iat": iat, "sd_hash": b64(sha256(shown.as_bytes()))});
        let proof = holder.jwt(&json!({"alg": "ES256", "typ": "kb+jwt"}), &payload);
        format!("{shown}{proof}")
    }
}

// --- mobile documents -------------------------------------------------------------------------------------------------

fn cbor_head(major: u8, n: u64) -> Vec<u8> {
    let major = major << 5;
    match n {
        0..=23 => vec![major | u8::try_from(n).unwrap()],
        24..=255 => vec![major | 24, u8::try_from(n).unwrap()],
        256..=65535 => [
            vec![major | 25],
            u16::try_from(n).unwrap().to_be_bytes().to_vec(),
        ]
        .concat(),
        _ => [
            vec![major | 26],
            u32::try_from(n).unwrap().to_be_bytes().to_vec(),
        ]
        .concat(),
    }
}

pub(crate) fn int(n: i64) -> Vec<u8> {
    if n >= 0 {
        cbor_head(0, n.unsigned_abs())
    } else {
        cbor_head(1, (-1 - n).unsigned_abs())
    }
}

pub(crate) fn text(text: &str) -> Vec<u8> {
    [cbor_head(3, text.len() as u64), text.as_bytes().to_vec()].concat()
}

pub(crate) fn bytes(bytes: &[u8]) -> Vec<u8> {
    [cbor_head(2, bytes.len() as u64), bytes.to_vec()].concat()
}

pub(crate) fn array(items: &[Vec<u8>]) -> Vec<u8> {
    [cbor_head(4, items.len() as u64), items.concat()].concat()
}

pub(crate) fn map(pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut out = cbor_head(5, pairs.len() as u64);
    for (key, value) in pairs {
        out.extend(key);
        out.extend(value);
    }
    out
}

fn embedded(inner: &[u8]) -> Vec<u8> {
    [cbor_head(6, 24), bytes(inner)].concat()
}

fn date(at: &str) -> Vec<u8> {
    [cbor_head(6, 0), text(at)].concat()
}

const NULL: u8 = 0xf6;

fn sign1(key: &Key, header: Vec<u8>, payload: &[u8], detached: bool) -> Vec<u8> {
    let protected = map(&[(int(1), int(-7))]);
    let structure = array(&[
        text("Signature1"),
        bytes(&protected),
        bytes(&[]),
        bytes(payload),
    ]);
    let sent = if detached { vec![NULL] } else { bytes(payload) };
    array(&[
        bytes(&protected),
        header,
        sent,
        bytes(&key.sign(&structure)),
    ])
}

pub(crate) const MDL: &str = "org.iso.18013.5.1.mDL";
pub(crate) const MDL_NAMESPACE: &str = "org.iso.18013.5.1";

/// A document in a wallet.
pub(crate) struct Mdoc {
    items: Vec<(String, Vec<u8>)>,
    auth: Vec<u8>,
}

/// Issues a licence with text elements, in force from 2026 to 2027.
pub(crate) fn issue_mdoc(issuer: &Issuer, elements: &[(&str, &str)], device: &Key) -> Mdoc {
    let mut items = Vec::new();
    let mut digests = Vec::new();
    for (n, (name, value)) in elements.iter().enumerate() {
        let n = i64::try_from(n).unwrap();
        let item = embedded(&map(&[
            (text("digestID"), int(n)),
            (text("random"), bytes(&[0x5a; 16])),
            (text("elementIdentifier"), text(name)),
            (text("elementValue"), text(value)),
        ]));
        digests.push((int(n), bytes(&sha256(&item))));
        items.push(((*name).to_owned(), item));
    }
    let object = map(&[
        (text("version"), text("1.0")),
        (text("digestAlgorithm"), text("SHA-256")),
        (
            text("valueDigests"),
            map(&[(text(MDL_NAMESPACE), map(&digests))]),
        ),
        (
            text("deviceKeyInfo"),
            map(&[(text("deviceKey"), device.cose_key())]),
        ),
        (text("docType"), text(MDL)),
        (
            text("validityInfo"),
            map(&[
                (text("signed"), date("2026-01-01T00:00:00Z")),
                (text("validFrom"), date("2026-01-01T00:00:00Z")),
                (text("validUntil"), date("2027-01-01T00:00:00Z")),
            ]),
        ),
    ]);
    let header = map(&[(int(33), bytes(&issuer.certificate))]);
    Mdoc {
        items,
        auth: sign1(&issuer.key, header, &embedded(&object), false),
    }
}

impl Mdoc {
    /// The elements of these names, with the device's proof for a session.
    pub(crate) fn present(&self, names: &[&str], device: &Key, session: &[u8]) -> Vec<u8> {
        let chosen: Vec<Vec<u8>> = self
            .items
            .iter()
            .filter(|(name, _)| names.contains(&name.as_str()))
            .map(|(_, item)| item.clone())
            .collect();
        let said = embedded(&map(&[]));
        let payload = embedded(&array(&[
            text("DeviceAuthentication"),
            session.to_vec(),
            text(MDL),
            said.clone(),
        ]));
        let proof = sign1(device, map(&[]), &payload, true);
        let document = map(&[
            (text("docType"), text(MDL)),
            (
                text("issuerSigned"),
                map(&[
                    (
                        text("nameSpaces"),
                        map(&[(text(MDL_NAMESPACE), array(&chosen))]),
                    ),
                    (text("issuerAuth"), self.auth.clone()),
                ]),
            ),
            (
                text("deviceSigned"),
                map(&[
                    (text("nameSpaces"), said),
                    (text("deviceAuth"), map(&[(text("deviceSignature"), proof)])),
                ]),
            ),
        ]);
        map(&[
            (text("version"), text("1.0")),
            (text("documents"), array(&[document])),
            (text("status"), int(0)),
        ])
    }
}

/// The session of a request that is answered to a URI; `thumbprint` is that of the key the response is encrypted to.
pub(crate) fn session(
    client_id: &str,
    nonce: &str,
    thumbprint: Option<&[u8]>,
    uri: &str,
) -> Vec<u8> {
    let thumbprint = thumbprint.map_or(vec![NULL], bytes);
    let info = array(&[text(client_id), text(nonce), thumbprint, text(uri)]);
    let handover = array(&[text("OpenID4VPHandover"), bytes(&sha256(&info))]);
    array(&[vec![NULL], vec![NULL], handover])
}

// --- encryption -------------------------------------------------------------------------------------------------------

/// The thumbprint of a key on P-256 (RFC 7638).
pub(crate) fn thumbprint(jwk: &Value) -> Vec<u8> {
    let members = format!(
        r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#,
        jwk["x"], jwk["y"]
    );
    sha256(members.as_bytes())
}

/// A response encrypted to a verifier's key.
pub(crate) fn encrypt(payload: &Value, to: &Value) -> String {
    let decode = |text: &Value| URL_SAFE_NO_PAD.decode(text.as_str().unwrap()).unwrap();
    let point = [vec![4], decode(&to["x"]), decode(&to["y"])].concat();
    let ephemeral = agreement::PrivateKey::generate(&ECDH_P256).unwrap();
    let public = ephemeral.compute_public_key().unwrap();
    let public = public.as_ref();
    let epk =
        json!({"kty": "EC", "crv": "P-256", "x": b64(&public[1..33]), "y": b64(&public[33..])});
    let header = json!({"alg": "ECDH-ES", "enc": "A256GCM", "epk": epk, "apv": b64("nonce")});
    let peer = agreement::UnparsedPublicKey::new(&ECDH_P256, point);
    let shared = agreement::agree(&ephemeral, peer, (), |secret| Ok(secret.to_vec())).unwrap();
    let mut derived = 1u32.to_be_bytes().to_vec();
    derived.extend(shared);
    for part in [b"A256GCM".as_slice(), b"", b"nonce"] {
        derived.extend(u32::try_from(part.len()).unwrap().to_be_bytes());
        derived.extend(part);
    }
    derived.extend(256u32.to_be_bytes());
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &sha256(&derived)).unwrap());
    let protected = b64(header.to_string());
    let mut sealed = payload.to_string().into_bytes();
    let iv = [7; 12];
    let nonce = Nonce::assume_unique_for_key(iv);
    let tag = key
        .seal_in_place_separate_tag(nonce, Aad::from(protected.as_bytes()), &mut sealed)
        .unwrap();
    format!("{protected}..{}.{}.{}", b64(iv), b64(sealed), b64(tag))
}
