//! Kind `wallet`: that somebody controls the address of a crypto wallet, by a signature over a message.
//!
//! | scheme | chain | message |
//! |---|---|---|
//! | `eip191` | Ethereum and its kin | any; the reader compares it with what was asked |
//! | `eip4361` | the same | a sign-in with domain, nonce and times, all checked |
//! | `bip322` | Bitcoin | any, as above |
//!
//! Shows control at the moment of signing, and nothing of who somebody is: such evidence has no strength. Contract
//! accounts (EIP-1271) cannot be checked without the chain and are refused.

mod bip322;
mod ethereum;
mod script;
mod siwe;
mod spend;

use serde_json::json;

use crate::context::Reader;
use crate::verdict::{Code, Reason, Verdict};
use ethereum::EthereumAddress;

/// Bytes of a message: what a wallet shows to its holder is far below.
pub(crate) const MOST_BYTES: usize = 64 * 1024;

/// Characters of a signature: a proof of funds with many inputs is the largest.
const SIGNATURE_MOST_CHARACTERS: usize = 256 * 1024;

pub(crate) fn check(input: &[u8], context: &mut Reader<'_>) -> Result<Verdict, Reason> {
    let address = context.text("address")?;
    let signature = context.text("signature")?;
    if signature.len() > SIGNATURE_MOST_CHARACTERS {
        return Err(Reason::new(Code::TooLarge, "the signature is too long"));
    }
    match scheme(input, address, context)? {
        "bip322" => bip322::check(input, address, signature),
        "eip4361" => siwe::check(input, address, signature, context),
        _ => eip191(input, address, signature),
    }
}

/// The scheme that is asked for, or else that of the address and the message. A message that begins like a sign-in is one:
/// taken for any other message, its domain and nonce would go unchecked.
fn scheme<'a>(input: &[u8], address: &str, context: &mut Reader<'a>) -> Result<&'a str, Reason> {
    match context.optional_text("scheme")? {
        Some(named @ ("eip191" | "eip4361" | "bip322")) => Ok(named),
        Some(_) => {
            let text = "`scheme` in the context must be `eip191`, `eip4361` or `bip322`";
            Err(Reason::new(Code::Context, text))
        }
        None if !address.starts_with("0x") => Ok("bip322"),
        None if context.has("domain") || context.has("nonce") => Ok("eip4361"),
        None if siwe::looks_like_one(input) => Ok("eip4361"),
        None => Ok("eip191"),
    }
}

fn eip191(message: &[u8], address: &str, signature: &str) -> Result<Verdict, Reason> {
    let address = EthereumAddress::read(address).ok_or_else(|| {
        Reason::new(
            Code::Context,
            "`address` in the context is not an address of Ethereum",
        )
    })?;
    ethereum::verify(message, signature, address)?;
    Ok(Verdict::valid(
        None,
        json!({"scheme": "eip191", "namespace": "eip155", "address": address.to_string()}),
    ))
}

fn bad_signature() -> Reason {
    Reason::new(
        Code::BadSignature,
        "the signature is not one of this message by this address",
    )
}
