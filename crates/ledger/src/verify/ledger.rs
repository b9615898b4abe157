//! The kinds about notes, checkpoints, policies, proofs, leaves and openings.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::context::Context;
use super::reason::{Code, Reason};
use crate::checkpoint::{Checkpoint, Opened};
use crate::commitment::{self, Opening};
use crate::hash::{Hash, leaf_hash};
use crate::json::parse_strict;
use crate::key::VerifierKey;
use crate::leaf::Leaf;
use crate::note::{Note, Verified};
use crate::text::{from_hex, to_hex};
use crate::tlog_policy::TlogPolicy;
use crate::tlog_proof::TlogProof;

type Claims = Result<Map<String, Value>, Reason>;

fn claims(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn signers(verified: &[Verified]) -> Value {
    let signer =
        |v: &Verified| json!({"name": v.key.name(), "key_id": to_hex(&v.key.id()), "time": v.time});
    verified.iter().map(signer).collect()
}

fn head(opened: &Opened) -> Map<String, Value> {
    let Checkpoint { origin, size, root } = &opened.checkpoint;
    claims(json!({
        "origin": origin,
        "size": size,
        "root": root.to_string(),
        "signers": signers(&opened.verified),
    }))
}

pub(super) fn note(input: &[u8], context: &mut Context) -> Claims {
    let keys = context.keys("vkeys")?;
    let note = Note::parse(input)?;
    let verified = note.verify(&keys)?;
    Ok(claims(
        json!({"text": note.text, "signers": signers(&verified)}),
    ))
}

pub(super) fn checkpoint(input: &[u8], context: &mut Context) -> Claims {
    let origin = context.optional_text("origin")?;
    let keys = context.keys("vkeys")?;
    let opened = match context.optional_text("policy")? {
        Some(policy) => TlogPolicy::parse(policy.as_bytes())?.check(input, &keys)?,
        None => Checkpoint::open(input, &keys)?,
    };
    if let Some(origin) = origin {
        opened.checkpoint.expect_origin(&origin)?;
    }
    Ok(head(&opened))
}

pub(super) fn checkpoint_body(input: &[u8]) -> Claims {
    let text = std::str::from_utf8(input)
        .map_err(|_| Reason::new(Code::Malformed, "the checkpoint is not UTF-8"))?;
    let Checkpoint { origin, size, root } = Checkpoint::parse(text)?;
    Ok(claims(
        json!({"origin": origin, "size": size, "root": root.to_string()}),
    ))
}

pub(super) fn policy(input: &[u8]) -> Claims {
    TlogPolicy::parse(input)?;
    Ok(Map::new())
}

pub(super) fn tlog_proof(input: &[u8], context: &mut Context) -> Claims {
    let leaf = entry_hash(context)?;
    let origin = context.optional_text("origin")?;
    let log = context
        .optional_text("log_vkey")?
        .map(|key| key.parse::<VerifierKey>())
        .transpose()?;
    let logs: Vec<VerifierKey> = log.into_iter().collect();
    let (policy, more) = match context.optional_text("policy")? {
        Some(policy) => (TlogPolicy::parse(policy.as_bytes())?, logs),
        None => {
            let witnesses = context.keys("witness_vkeys")?;
            let quorum = context.number("quorum")?;
            (TlogPolicy::of_keys(&logs, &witnesses, quorum)?, Vec::new())
        }
    };
    let proof = TlogProof::parse(input)?;
    let opened = proof.verify(&leaf, &policy, &more)?;
    if let Some(origin) = origin {
        opened.checkpoint.expect_origin(&origin)?;
    }
    let mut claims = head(&opened);
    claims.insert("index".into(), proof.index.into());
    Ok(claims)
}

/// The hash of the entry, which is given in exactly one of four ways.
fn entry_hash(context: &mut Context) -> Result<Hash, Reason> {
    let form =
        |name: &str| Reason::context(format!("`{name}` is not in the encoding that it names"));
    if let Some(entry) = context.optional_text("entry_utf8")? {
        return Ok(leaf_hash(entry.as_bytes()));
    }
    if let Some(entry) = context.optional_text("entry_hex")? {
        return from_hex(&entry)
            .map(|bytes| leaf_hash(&bytes))
            .ok_or_else(|| form("entry_hex"));
    }
    if let Some(entry) = context.optional_text("entry_base64")? {
        return STANDARD
            .decode(entry)
            .map(|bytes| leaf_hash(&bytes))
            .map_err(|_| form("entry_base64"));
    }
    context.hash("leaf_hash")
}

pub(super) fn leaf(input: &[u8], context: &mut Context) -> Claims {
    let origin = context.optional_text("origin")?;
    let leaf = Leaf::parse(input)?;
    if origin.is_some_and(|origin| origin != leaf.ledger) {
        return Err(Reason::new(Code::Origin, "the leaf is of another ledger"));
    }
    Ok(claims(json!({
        "ledger": leaf.ledger,
        "kind": leaf.kind.as_str(),
        "at": leaf.at.to_string(),
        "leaf_hash": leaf_hash(input).to_string(),
    })))
}

pub(super) fn opening(input: &[u8], context: &mut Context) -> Claims {
    let (origin, commitment) = (context.text("origin")?, context.hash("commitment")?);
    let opening = parse_strict(input)
        .ok()
        .and_then(|value| Opening::from_json(&value))
        .ok_or_else(|| {
            let text = "the input is not an opening: give `field`, `random` (hexadecimal) and `value` (base64)";
            Reason::new(Code::Malformed, text)
        })?;
    if !commitment::verify(&origin, &commitment, &opening) {
        let text = "the opening does not open this commitment in this ledger";
        return Err(Reason::new(Code::CommitmentMismatch, text));
    }
    Ok(claims(json!({"field": opening.field})))
}
