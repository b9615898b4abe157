//! The names of God that follow `Abd` in Arabic names (servant of …), and a few persons who are honoured in the same way.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::spelling::Spelling;

const NAMES: &str = "rahman rahim aziz karim malik salam qader qadir kader latif hamid majid wahab wahhab wahid wahed jabbar gabbar \
    khaliq khalek ghani ghaffar ghafur hakim hadi nasir nasser fattah basit baset razzaq razak rezak samad sattar satar rauf rashid \
    rasul hussein zahra hafiz hafez haq haqq hay ali azim alim bari quddus qayyum qayum mumin muhsin mohsen salem salim mannan manan \
    matin mutalib muttalib moneim munim monem halim jalil kabir khabir kafi mawla muid muiz moez mughni nabi nur qahhar rab rabb \
    rabbuh reza ridha sabur shakur tawwab vali wali wadud wakil warith zaher zahir shafi sami amir abbas ilah ahad jawad kaleq";

static FOLDS: LazyLock<HashSet<Vec<u8>>> = LazyLock::new(|| {
    let names = NAMES.split_ascii_whitespace();
    names
        .map(|name| Spelling::new(name.as_bytes(), false).fold)
        .collect()
});

/// Whether a word is one of these names, however it is spelt.
pub(super) fn is_name(word: &str) -> bool {
    word.len() >= 3 && FOLDS.contains(&Spelling::new(word.as_bytes(), false).fold)
}
