//! Whether an input of a transaction may spend its coin: which script has to run on what (BIP-16, 141, 341, 342).

use bitcoin::blockdata::script::Instruction;
use bitcoin::secp256k1::{Message, Secp256k1, XOnlyPublicKey};
use bitcoin::sighash::{Prevouts, SighashCache};
use bitcoin::taproot::{ControlBlock, LeafVersion, Signature, TapLeafHash};
use bitcoin::{
    Script, ScriptBuf, TapSighashType, Transaction, TxOut, WitnessProgram, WitnessVersion,
};

use super::bad_signature;
use super::script::{Machine, Rules};
use crate::verdict::{Code, Reason};

/// Octets of an element that a script may put on its stack.
const ELEMENT_MOST_OCTETS: usize = 520;

/// The first octet of the last element of a witness that is an annex.
const ANNEX: u8 = 0x50;

/// Refuses an input that may not spend its coin.
pub(super) fn verify(
    transaction: &Transaction,
    index: usize,
    coins: &[TxOut],
) -> Result<(), Reason> {
    let (Some(input), Some(coin)) = (transaction.input.get(index), coins.get(index)) else {
        return Err(Reason::new(
            Code::Malformed,
            "the coins that are spent are not all known",
        ));
    };
    let spend = Spend {
        transaction,
        index,
        coins,
        coin,
    };
    let witness: Vec<Vec<u8>> = input.witness.iter().map(<[u8]>::to_vec).collect();
    let script = &coin.script_pubkey;
    if script.is_witness_program() {
        if !input.script_sig.is_empty() {
            return Err(bad_signature());
        }
        return spend.witness(script, witness);
    }
    let mut stack = pushes(&input.script_sig)?;
    if script.is_p2sh() {
        let redeem = ScriptBuf::from_bytes(stack.last().cloned().ok_or_else(bad_signature)?);
        let hashes = redeem.to_p2sh() == *script;
        if !hashes {
            return Err(bad_signature());
        }
        if redeem.is_witness_program() {
            // The only push, so that the signature has one spelling.
            if stack.len() != 1 {
                return Err(bad_signature());
            }
            return spend.witness(&redeem, witness);
        }
        stack.pop();
        return no_witness(&witness).and_then(|()| spend.run(&redeem, stack, Rules::Legacy));
    }
    no_witness(&witness)?;
    spend.run(script, stack, Rules::Legacy)
}

fn no_witness(witness: &[Vec<u8>]) -> Result<(), Reason> {
    if witness.is_empty() {
        Ok(())
    } else {
        Err(bad_signature())
    }
}

/// What a script of pushes alone leaves on the stack.
fn pushes(script: &Script) -> Result<Vec<Vec<u8>>, Reason> {
    let mut stack = Vec::new();
    for instruction in script.instructions_minimal() {
        stack.push(match instruction.map_err(|_| bad_signature())? {
            Instruction::PushBytes(bytes) => bytes.as_bytes().to_vec(),
            Instruction::Op(opcode) => match opcode.to_u8() {
                code @ 0x51..=0x60 => vec![code - 0x50],
                0x4f => vec![0x81],
                _ => return Err(bad_signature()),
            },
        });
    }
    Ok(stack)
}

/// One input that spends one coin.
#[derive(Clone, Copy)]
struct Spend<'a> {
    transaction: &'a Transaction,
    index: usize,
    coins: &'a [TxOut],
    coin: &'a TxOut,
}

impl Spend<'_> {
    fn run(self, script: &Script, stack: Vec<Vec<u8>>, rules: Rules) -> Result<(), Reason> {
        let most = if matches!(rules, Rules::Tapscript { .. }) {
            usize::MAX
        } else {
            ELEMENT_MOST_OCTETS
        };
        if stack.iter().any(|element| element.len() > most) {
            return Err(bad_signature());
        }
        Machine::new(self.transaction, self.index, self.coins, script, rules).run(stack)
    }

    fn witness(self, program: &Script, mut stack: Vec<Vec<u8>>) -> Result<(), Reason> {
        let version = program.witness_version().ok_or_else(bad_signature)?;
        if program.is_p2wpkh() {
            let key_hash = program.as_bytes().get(2..).unwrap_or_default();
            let code = p2pkh(key_hash);
            if stack.len() != 2 {
                return Err(bad_signature());
            }
            return self.run(&code, stack, Rules::Segwit);
        }
        if program.is_p2wsh() {
            let script = ScriptBuf::from_bytes(stack.pop().ok_or_else(bad_signature)?);
            if script.to_p2wsh() != *program {
                return Err(bad_signature());
            }
            return self.run(&script, stack, Rules::Segwit);
        }
        if version == WitnessVersion::V1 && program.is_p2tr() && self.coin.script_pubkey.is_p2tr() {
            return self.taproot(program, stack);
        }
        let text =
            "the address is of a version that is not known, so that nobody can say who controls it";
        let known =
            WitnessProgram::new(version, program.as_bytes().get(2..).unwrap_or_default()).is_ok();
        Err(if known {
            Reason::new(Code::Algorithm, text)
        } else {
            bad_signature()
        })
    }

    fn taproot(self, program: &Script, mut stack: Vec<Vec<u8>>) -> Result<(), Reason> {
        let output = program.as_bytes().get(2..).unwrap_or_default();
        let output = XOnlyPublicKey::from_slice(output).map_err(|_| bad_signature())?;
        let annex = stack.len() > 1
            && stack
                .last()
                .is_some_and(|last| last.first() == Some(&ANNEX));
        // An annex has no meaning yet, and is refused as by the rules of relay.
        if annex {
            return Err(bad_signature());
        }
        let Some(last) = stack.pop() else {
            return Err(bad_signature());
        };
        if stack.is_empty() {
            return self.key_path(output, &last);
        }
        let control = ControlBlock::decode(&last).map_err(|_| bad_signature())?;
        let script = ScriptBuf::from_bytes(stack.pop().ok_or_else(bad_signature)?);
        let secp = Secp256k1::verification_only();
        if !control.verify_taproot_commitment(&secp, output, &script)
            || control.leaf_version != LeafVersion::TapScript
        {
            return Err(bad_signature());
        }
        let leaf = TapLeafHash::from_script(&script, control.leaf_version);
        self.run(&script, stack, Rules::Tapscript { leaf })
    }

    fn key_path(self, output: XOnlyPublicKey, signature: &[u8]) -> Result<(), Reason> {
        let signature = Signature::from_slice(signature).map_err(|_| bad_signature())?;
        if !matches!(
            signature.sighash_type,
            TapSighashType::Default | TapSighashType::All
        ) {
            return Err(bad_signature());
        }
        let mut cache = SighashCache::new(self.transaction);
        let coins = Prevouts::All(self.coins);
        let hash =
            cache.taproot_key_spend_signature_hash(self.index, &coins, signature.sighash_type);
        let message = Message::from(hash.map_err(|_| bad_signature())?);
        let secp = Secp256k1::verification_only();
        secp.verify_schnorr(&signature.signature, &message, &output)
            .map_err(|_| bad_signature())
    }
}

/// The script that a hash of a public key stands for.
fn p2pkh(hash: &[u8]) -> ScriptBuf {
    let mut bytes = vec![0x76, 0xa9, 0x14];
    bytes.extend(hash);
    bytes.extend([0x88, 0xac]);
    ScriptBuf::from_bytes(bytes)
}
