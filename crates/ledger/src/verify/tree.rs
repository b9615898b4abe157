//! The kinds about trees: inclusion and consistency, of trees and of subtrees.

use std::ops::Range;

use serde_json::{Map, Value};

use super::context::{Context, to_hash};
use super::reason::{Code, Reason};
use crate::hash::{Hash, leaf_hash};
use crate::proof::{verify_inclusion, verify_subtree_consistency, verify_subtree_inclusion};

type Claims = Result<Map<String, Value>, Reason>;

pub(super) fn inclusion(input: &[u8], context: &mut Context) -> Claims {
    let leaf = leaf(input, context)?;
    let (index, size) = (context.number("index")?, context.number("size")?);
    let (root, proof) = (context.hash("root")?, context.proof()?);
    verify_inclusion(&leaf, index, size, &proof, &root)?;
    Ok(Map::new())
}

pub(super) fn subtree_inclusion(input: &[u8], context: &mut Context) -> Claims {
    let leaf = leaf(input, context)?;
    let index = context.number("index")?;
    let part = context.number("start")?..context.number("end")?;
    let (root, proof) = (context.hash("root")?, context.proof()?);
    verify_subtree_inclusion(&leaf, index, part, &proof, &root)?;
    Ok(Map::new())
}

pub(super) fn consistency(input: &[u8], context: &mut Context) -> Claims {
    let (size1, size2) = (context.number("size1")?, context.number("size2")?);
    consistent(input, 0..size1, size2, context)
}

pub(super) fn subtree_consistency(input: &[u8], context: &mut Context) -> Claims {
    let part = context.number("start")?..context.number("end")?;
    let size = context.number("size")?;
    consistent(input, part, size, context)
}

fn consistent(input: &[u8], part: Range<u64>, size: u64, context: &mut Context) -> Claims {
    if !input.is_empty() {
        let text = "the input must be empty: the proof is in the context";
        return Err(Reason::new(Code::Malformed, text));
    }
    let proof = context.proof()?;
    let (root1, root2) = (context.octets("root1")?, context.octets("root2")?);
    // The whole tree is part of itself whatever its root is: nothing is hashed, so its octets are compared as they are.
    if part == (0..size) && size > 0 && proof.is_empty() {
        if root1 != root2 {
            return Err(crate::proof::ProofError::Root.into());
        }
        return Ok(Map::new());
    }
    // An empty subtree beyond the first entry says nothing about the root of the tree, which is not looked at.
    let unused = part.is_empty() && part.start > 0;
    let root1 = to_hash("root1", &root1)?;
    let root2 = match unused {
        true => root1,
        false => to_hash("root2", &root2)?,
    };
    verify_subtree_consistency(part, size, &proof, &root1, &root2)?;
    Ok(Map::new())
}

/// The hash of the entry that is the input, or the one stated; if both are given they must agree.
fn leaf(input: &[u8], context: &mut Context) -> Result<Hash, Reason> {
    if !context.has("leaf_hash") {
        return Ok(leaf_hash(input));
    }
    let stated = context.hash("leaf_hash")?;
    if !input.is_empty() && leaf_hash(input) != stated {
        let text = "the entry does not have the hash stated in `leaf_hash`";
        return Err(Reason::new(Code::LeafMismatch, text));
    }
    Ok(stated)
}
