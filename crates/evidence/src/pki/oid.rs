//! Object identifiers, as the octets that encode them.

/// `signedData`, RFC 5652.
pub(crate) const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
/// `contentType`, RFC 5652.
pub(crate) const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 3];
/// `messageDigest`, RFC 5652.
pub(crate) const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4];
/// `signingCertificate`, RFC 2634.
pub(crate) const SIGNING_CERTIFICATE: &[u8] =
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 12];
/// `signingCertificateV2`, RFC 5035.
pub(crate) const SIGNING_CERTIFICATE_V2: &[u8] =
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 47];
/// `id-ct-TSTInfo`, RFC 3161.
pub(crate) const TST_INFO: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 4];
/// `ldsSecurityObject`, Doc 9303 part 10.
pub(crate) const LDS_SECURITY_OBJECT: &[u8] = &[0x67, 0x81, 0x08, 1, 1, 1];
/// `cscaMasterList`, Doc 9303 part 12.
pub(crate) const MASTER_LIST: &[u8] = &[0x67, 0x81, 0x08, 1, 1, 2];
/// `cscaMasterListSigningKey`, Doc 9303 part 12.
pub(crate) const MASTER_LIST_SIGNER: &[u8] = &[0x67, 0x81, 0x08, 1, 1, 3];

/// `rsaEncryption`.
pub(crate) const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
/// `id-mgf1`.
pub(crate) const MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8];
/// `id-RSASSA-PSS`.
pub(crate) const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
/// The arc of the RSA signatures with their hash.
pub(crate) const RSA_WITH: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1];
/// `id-ecPublicKey`.
pub(crate) const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
/// `prime-field`.
pub(crate) const PRIME_FIELD: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 1, 1];
/// The arc of ECDSA with SHA-2.
pub(crate) const ECDSA_WITH_SHA2: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3];
/// `ecdsa-with-SHA1`.
pub(crate) const ECDSA_WITH_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1];
/// The arc of the plain signatures of BSI TR-03111, written without a sequence.
pub(crate) const ECDSA_PLAIN: &[u8] = &[4, 0, 0x7f, 0, 7, 1, 1, 4, 1];
/// `id-Ed25519`.
pub(crate) const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// `countryName`.
pub(crate) const COUNTRY: &[u8] = &[0x55, 4, 6];
/// `commonName`.
pub(crate) const COMMON_NAME: &[u8] = &[0x55, 4, 3];
/// The arc of certificate extensions.
pub(crate) const EXTENSION: &[u8] = &[0x55, 0x1d];
/// `id-kp-timeStamping`.
pub(crate) const TIME_STAMPING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 8];
