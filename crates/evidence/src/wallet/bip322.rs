//! Signed messages of Bitcoin (BIP-322): simple, full and proof of funds, for every address whose script
//! [`super::script`] can run.
//!
//! A message is signed by spending a coin that cannot exist: `to_spend` pays the address and commits to the message,
//! `to_sign` spends it and pays nobody. A signature with time locks says so in `lock_time` and `sequence`; whether the
//! coins of a proof of funds exist only the chain knows, so that they are listed and not counted.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bitcoin::address::NetworkUnchecked;
use bitcoin::hashes::{Hash as _, HashEngine as _, sha256};
use bitcoin::opcodes::all::OP_RETURN;
use bitcoin::script::Builder;
use bitcoin::{
    Address, Amount, OutPoint, Psbt, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Witness,
    absolute, consensus, transaction,
};
use serde_json::json;

use super::{bad_signature, spend};
use crate::verdict::{Code, Reason, Verdict};

/// Coins of a proof of funds; more would only cost time.
const MOST_INPUTS: usize = 100;

fn malformed(text: &str) -> Reason {
    Reason::new(Code::Malformed, text)
}

pub(super) fn check(message: &[u8], address: &str, signature: &str) -> Result<Verdict, Reason> {
    let unknown = || {
        Reason::new(
            Code::Context,
            "`address` in the context is not an address of Bitcoin",
        )
    };
    let parsed: Address<NetworkUnchecked> = address.parse().map_err(|_| unknown())?;
    let script = parsed.assume_checked().script_pubkey();
    let to_spend = to_spend(message, &script);
    let (form, to_sign, coins) = read(signature, &to_spend)?;
    shape(&to_sign, &to_spend)?;
    for index in 0..to_sign.input.len() {
        spend::verify(&to_sign, index, &coins)?;
    }
    let funds = to_sign.input.iter().zip(&coins).skip(1);
    let funds: Vec<_> = funds
        .map(|(input, coin)| {
            json!({"outpoint": input.previous_output.to_string(), "satoshi": coin.value.to_sat()})
        })
        .collect();
    let sequence = to_sign.input.first().map(|input| input.sequence.0);
    Ok(Verdict::valid(
        None,
        json!({
            "scheme": "bip322",
            "namespace": "bip122",
            "address": address,
            "form": form,
            "lock_time": to_sign.lock_time.to_consensus_u32(),
            "sequence": sequence,
            "claimed_funds": funds,
        }),
    ))
}

/// The hash of a message, tagged.
fn message_hash(message: &[u8]) -> sha256::Hash {
    let tag = sha256::Hash::hash(b"BIP0322-signed-message");
    let mut engine = sha256::Hash::engine();
    engine.input(tag.as_ref());
    engine.input(tag.as_ref());
    engine.input(message);
    sha256::Hash::from_engine(engine)
}

/// The coin that commits to the message.
fn to_spend(message: &[u8], script: &ScriptBuf) -> Transaction {
    let hash = message_hash(message).to_byte_array();
    Transaction {
        version: transaction::Version(0),
        lock_time: absolute::LockTime::ZERO,
        input: vec![TxIn {
            previous_output: OutPoint::null(),
            script_sig: Builder::new().push_int(0).push_slice(hash).into_script(),
            sequence: Sequence::ZERO,
            witness: Witness::new(),
        }],
        output: vec![TxOut {
            value: Amount::ZERO,
            script_pubkey: script.clone(),
        }],
    }
}

/// What spends it in a simple signature.
fn simple(to_spend: &Transaction, witness: Witness) -> Transaction {
    Transaction {
        version: transaction::Version(0),
        lock_time: absolute::LockTime::ZERO,
        input: vec![TxIn {
            previous_output: OutPoint::new(to_spend.compute_txid(), 0),
            script_sig: ScriptBuf::new(),
            sequence: Sequence::ZERO,
            witness,
        }],
        output: vec![TxOut {
            value: Amount::ZERO,
            script_pubkey: Builder::new().push_opcode(OP_RETURN).into_script(),
        }],
    }
}

/// The form of a signature, what spends the coin, and the coins that it spends. A signature without the prefix of its form
/// is a simple one, or else a full one.
fn read(
    signature: &str,
    to_spend: &Transaction,
) -> Result<(&'static str, Transaction, Vec<TxOut>), Reason> {
    let decode = |text: &str| {
        STANDARD
            .decode(text)
            .map_err(|_| malformed("the signature is not base64"))
    };
    let coins = to_spend.output.clone();
    let full = |octets: &[u8]| consensus::deserialize::<Transaction>(octets);
    let stack = |octets: &[u8]| consensus::deserialize::<Witness>(octets);
    let broken = |_| malformed("the signature is not one of its form");
    match signature.split_at_checked(3) {
        Some(("smp", rest)) => {
            let witness = stack(&decode(rest)?).map_err(broken)?;
            Ok(("simple", simple(to_spend, witness), coins))
        }
        Some(("ful", rest)) => Ok(("full", full(&decode(rest)?).map_err(broken)?, coins)),
        Some(("pof", rest)) => {
            let (transaction, coins) = proof_of_funds(&decode(rest)?, to_spend)?;
            Ok(("proof_of_funds", transaction, coins))
        }
        _ => {
            let octets = decode(signature)?;
            match stack(&octets) {
                Ok(witness) => Ok(("simple", simple(to_spend, witness), coins)),
                Err(_) => Ok(("full", full(&octets).map_err(broken)?, coins)),
            }
        }
    }
}

/// A finished PSBT (BIP-174) that carries the coins it spends.
fn proof_of_funds(
    octets: &[u8],
    to_spend: &Transaction,
) -> Result<(Transaction, Vec<TxOut>), Reason> {
    let broken =
        || malformed("the proof of funds is not a finished PSBT with the coins that it spends");
    let psbt = Psbt::deserialize(octets).map_err(|_| broken())?;
    let mut transaction = psbt.unsigned_tx;
    if transaction.input.len() > MOST_INPUTS || transaction.input.len() != psbt.inputs.len() {
        return Err(broken());
    }
    let mut coins = Vec::new();
    for (index, (input, map)) in transaction.input.iter_mut().zip(psbt.inputs).enumerate() {
        input.script_sig = map.final_script_sig.unwrap_or_default();
        input.witness = map.final_script_witness.unwrap_or_default();
        let spent = input.previous_output;
        let whole = map
            .non_witness_utxo
            .filter(|whole| whole.compute_txid() == spent.txid);
        let named = whole.and_then(|whole| whole.output.get(spent.vout as usize).cloned());
        let coin = match index {
            0 => to_spend.output.first().cloned(),
            _ => named.or(map.witness_utxo),
        };
        coins.push(coin.ok_or_else(broken)?);
    }
    Ok((transaction, coins))
}

/// What `to_sign` must look like (BIP-322, "Full").
fn shape(to_sign: &Transaction, to_spend: &Transaction) -> Result<(), Reason> {
    let first = to_sign.input.first().map(|input| input.previous_output);
    if first != Some(OutPoint::new(to_spend.compute_txid(), 0)) {
        return Err(bad_signature());
    }
    let nothing = Builder::new().push_opcode(OP_RETURN).into_script();
    let [output] = to_sign.output.as_slice() else {
        return Err(malformed(
            "the signed transaction has other outputs than it must",
        ));
    };
    let version = matches!(to_sign.version.0, 0 | 2);
    let mut spent: Vec<_> = to_sign
        .input
        .iter()
        .map(|input| input.previous_output)
        .collect();
    spent.sort_unstable();
    spent.dedup();
    if output.value != Amount::ZERO
        || output.script_pubkey != nothing
        || !version
        || spent.len() != to_sign.input.len()
    {
        return Err(malformed(
            "the signed transaction is not of the form that it must have",
        ));
    }
    Ok(())
}
