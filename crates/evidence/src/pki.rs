//! Public-key infrastructure as travel documents and time-stamps use it: certificates, revocation lists and CMS
//! signatures, read without copying and without mending.
//!
//! Certificates are read by a small DER reader of our own rather than into a library's types: a signature is over the
//! bytes as they were sent, real document signers break rules that such types enforce (defaults written out, odd serial
//! numbers), and the data groups of a chip use tags that ASN.1 libraries do not read. Cryptography is the library's,
//! except for verifying on curves and with paddings that it does not know ([`curve`], [`rsa`]); those work on public
//! data only.
//!
//! Refuses indefinite lengths, lengths written longer than needed, trailing bytes, MD5 and SHA-1, RSA below 2,048 bits,
//! curves below 224 bits, and explicit curve parameters that are not those of a known curve.

pub(crate) mod certificate;
pub(crate) mod chain;
pub(crate) mod cms;
pub(crate) mod crl;
pub(crate) mod curve;
mod curves;
pub(crate) mod hash;
pub(crate) mod key;
pub(crate) mod name;
pub(crate) mod oid;
mod rsa;
pub(crate) mod signature;
pub(crate) mod store;
pub(crate) mod tlv;
