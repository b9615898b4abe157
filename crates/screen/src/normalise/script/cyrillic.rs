//! Cyrillic by sound, with the letters of Russian, Ukrainian, Belarusian, Bulgarian, Serbian, Macedonian and the languages
//! of Central Asia. Close to BGN/PCGN 1947, which OFAC uses; other systems are folded together when words are compared.

/// Latin spelling of a Cyrillic word.
pub(super) fn latin(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut before = ' ';
    for c in word.chars().flat_map(char::to_lowercase) {
        match c {
            // `ye` at the start and after a vowel or a sign.
            'е' if "аеёиоуыэюяіїєўъь ".contains(before) => out.push_str("ye"),
            _ => match letter(c) {
                Some(text) => out.push_str(text),
                None => super::ascii(c.encode_utf8(&mut [0; 4]))
                    .chars()
                    .for_each(|c| out.push(c)),
            },
        }
        before = c;
    }
    out
}

fn letter(c: char) -> Option<&'static str> {
    Some(match c {
        'а' | 'ә' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ґ' | 'ғ' => "g",
        'д' => "d",
        'е' | 'ё' | 'э' => "e",
        'є' => "ye",
        'ж' | 'җ' => "zh",
        'з' => "z",
        'и' | 'і' => "i",
        'ї' => "yi",
        'й' => "y",
        'ј' => "j",
        'к' => "k",
        'қ' => "q",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'ң' => "ng",
        'о' | 'ө' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' | 'ү' | 'ұ' | 'ў' => "u",
        'ф' => "f",
        'х' => "kh",
        'ҳ' | 'һ' => "h",
        'ц' => "ts",
        'ч' => "ch",
        'ҷ' => "j",
        'ш' => "sh",
        'щ' => "shch",
        'ъ' | 'ь' => "",
        'ы' => "y",
        'ю' => "yu",
        'я' => "ya",
        'љ' => "lj",
        'њ' => "nj",
        'ћ' => "c",
        'ђ' | 'ѓ' => "dj",
        'џ' => "dz",
        'ѕ' => "dz",
        'ќ' => "kj",
        _ => return None,
    })
}
