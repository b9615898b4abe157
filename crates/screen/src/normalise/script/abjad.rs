//! Arabic (with the letters of Persian, Urdu, Pashto and Kurdish) and Hebrew: consonants, and the letters that may be
//! long vowels as `w` and `y`. Short vowels are not written, so words from here are compared by their consonants.

use super::Word;

/// Least letters that follow the article `ال` when it is cut off.
const MIN_AFTER_ARTICLE: usize = 3;

/// Words of an Arabic run: `عبد` parts from what follows, and the article goes.
pub(super) fn arabic(run: &str, out: &mut Vec<Word>) {
    let mut push = |letters: &str| {
        let latin: String = letters.chars().filter_map(arabic_letter).collect();
        out.push(Word {
            latin,
            vowelless: true,
            syllable: false,
        });
    };
    match run.strip_prefix("عبدال") {
        Some(rest) if rest.chars().count() >= 2 => {
            // `abd` is a word like any other here, and is written in full so that it is found as such.
            push("عبد");
            push(rest);
        }
        _ => push(without_article(run)),
    }
    for word in out.iter_mut().filter(|w| w.vowelless) {
        if word.latin == "bd" {
            "abd".clone_into(&mut word.latin);
        }
    }
}

fn without_article(word: &str) -> &str {
    ["وال", "ال"]
        .iter()
        .find_map(|article| {
            let rest = word.strip_prefix(article)?;
            (rest.chars().count() >= MIN_AFTER_ARTICLE).then_some(rest)
        })
        .unwrap_or(word)
}

fn arabic_letter(c: char) -> Option<&'static str> {
    Some(match c {
        'ا' | 'أ' | 'إ' | 'آ' | 'ٱ' | 'ى' => "a",
        'ب' => "b",
        'پ' => "p",
        'ت' | 'ط' | 'ټ' | 'ٹ' => "t",
        'ث' => "th",
        'ج' => "j",
        'چ' | 'څ' => "ch",
        'ح' | 'ه' | 'ہ' | 'ھ' => "h",
        'خ' => "kh",
        'د' | 'ډ' | 'ڈ' => "d",
        'ذ' | 'ظ' | 'ض' => "dh",
        'ر' | 'ړ' | 'ڑ' => "r",
        'ز' | 'ځ' => "z",
        'ژ' | 'ږ' => "zh",
        'س' | 'ص' => "s",
        'ش' | 'ښ' => "sh",
        'غ' => "gh",
        'ف' => "f",
        'ڤ' => "v",
        'ق' => "q",
        'ك' | 'ک' => "k",
        'گ' | 'ګ' => "g",
        'ل' | 'ڵ' => "l",
        'م' => "m",
        'ن' | 'ں' | 'ڼ' => "n",
        'و' | 'ؤ' | 'ۆ' | 'ۇ' => "w",
        'ي' | 'ی' | 'ئ' | 'ې' | 'ۍ' | 'ێ' | 'ے' => "y",
        'ة' | 'ۀ' | 'ە' => "a",
        '0'..='9' => digit(c),
        '٠'..='٩' => digit_at(c, '٠'),
        '۰'..='۹' => digit_at(c, '۰'),
        _ => return None,
    })
}

fn digit(c: char) -> &'static str {
    digit_at(c, '0')
}

fn digit_at(c: char, zero: char) -> &'static str {
    let at = u32::from(c).saturating_sub(u32::from(zero));
    ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
        .get(usize::try_from(at).unwrap_or(0))
        .unwrap_or(&"")
}

/// Latin letters of a Hebrew word.
pub(super) fn hebrew(word: &str) -> String {
    word.chars().filter_map(hebrew_letter).collect()
}

fn hebrew_letter(c: char) -> Option<&'static str> {
    Some(match c {
        'א' => "a",
        'ב' => "b",
        'ג' => "g",
        'ד' => "d",
        'ה' => "h",
        'ו' => "w",
        'ז' => "z",
        'ח' | 'כ' | 'ך' => "kh",
        'ט' | 'ת' => "t",
        'י' => "y",
        'ל' => "l",
        'מ' | 'ם' => "m",
        'נ' | 'ן' => "n",
        'ס' => "s",
        'פ' => "p",
        'ף' => "f",
        'צ' | 'ץ' => "ts",
        'ק' => "k",
        'ר' => "r",
        'ש' => "sh",
        _ => return None,
    })
}
