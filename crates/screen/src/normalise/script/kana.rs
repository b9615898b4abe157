//! Japanese syllables by Hepburn's spelling, with the small letters that change the one before.

/// Latin spelling of a run of kana.
pub(super) fn latin(run: &str) -> String {
    let mut out = String::with_capacity(run.len());
    for c in run.chars() {
        let small = match c {
            'ゃ' | 'ャ' => "ya",
            'ゅ' | 'ュ' => "yu",
            'ょ' | 'ョ' => "yo",
            // The long stroke and the doubling letter, which Latin spellings keep or leave out at will.
            'ー' | 'っ' | 'ッ' | '・' => continue,
            _ => {
                out.push_str(&super::ascii(c.encode_utf8(&mut [0; 4])));
                continue;
            }
        };
        if out.ends_with('i') {
            out.pop();
        }
        let soft = ["sh", "ch", "j"].iter().any(|end| out.ends_with(end));
        out.push_str(if soft {
            small.get(1..).unwrap_or(small)
        } else {
            small
        });
    }
    out
}
