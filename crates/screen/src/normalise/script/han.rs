//! Chinese characters by Mandarin sound, one word a character; family names of two characters stay together, and words
//! that companies are named by are translated, because lists give those in English.

use super::Word;

/// Family names of two characters.
const LONG_FAMILIES: &[&str] = &[
    "欧阳", "歐陽", "司马", "司馬", "诸葛", "諸葛", "上官", "夏侯", "东方", "東方", "皇甫", "尉迟",
    "公孙", "公孫", "慕容", "令狐", "宇文", "长孙", "司徒", "司空",
];

/// Words of company names, the longer first, and what lists write for them.
const COMPANY_WORDS: &[(&str, &str)] = &[
    ("股份有限公司", "co ltd"),
    ("有限责任公司", "co ltd"),
    ("有限責任公司", "co ltd"),
    ("有限公司", "co ltd"),
    ("进出口", "import export"),
    ("進出口", "import export"),
    ("公司", "company"),
    ("集团", "group"),
    ("集團", "group"),
    ("国际", "international"),
    ("國際", "international"),
    ("贸易", "trading"),
    ("貿易", "trading"),
    ("科技", "technology"),
    ("技术", "technology"),
    ("技術", "technology"),
    ("银行", "bank"),
    ("銀行", "bank"),
    ("实业", "industrial"),
    ("實業", "industrial"),
    ("工业", "industry"),
    ("工業", "industry"),
    ("大学", "university"),
    ("大學", "university"),
    ("研究所", "research institute"),
    ("研究院", "research institute"),
    ("船务", "shipping"),
    ("船務", "shipping"),
    ("航运", "shipping"),
    ("航運", "shipping"),
    ("物流", "logistics"),
    ("电子", "electronics"),
    ("電子", "electronics"),
    ("航空", "aviation"),
    ("石油", "petroleum"),
    ("化工", "chemical"),
    ("能源", "energy"),
    ("投资", "investment"),
    ("投資", "investment"),
    ("控股", "holding"),
    ("发展", "development"),
    ("發展", "development"),
    ("中国", "china"),
    ("中國", "china"),
    ("香港", "hong kong"),
];

/// Words of a run of Chinese characters.
pub(super) fn syllables(run: &str, person: bool, out: &mut Vec<Word>) {
    let mut rest = run;
    if person && let Some(family) = LONG_FAMILIES.iter().find(|f| rest.starts_with(**f)) {
        push(&super::ascii(family), false, out);
        rest = rest.strip_prefix(family).unwrap_or(rest);
    }
    while let Some(c) = rest.chars().next() {
        let word = COMPANY_WORDS
            .iter()
            .find(|(han, _)| !person && rest.starts_with(han));
        if let Some((han, english)) = word {
            english.split(' ').for_each(|w| push(w, false, out));
            rest = rest.strip_prefix(han).unwrap_or("");
        } else {
            push(&super::ascii(c.encode_utf8(&mut [0; 4])), true, out);
            rest = rest.get(c.len_utf8()..).unwrap_or("");
        }
    }
}

fn push(latin: &str, syllable: bool, out: &mut Vec<Word>) {
    out.push(Word {
        latin: latin.to_owned(),
        vowelless: false,
        syllable,
    });
}
