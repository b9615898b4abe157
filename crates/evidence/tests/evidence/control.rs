//! One-time codes, the letter that carries one, and numbers of payment cards.

use bonafide_evidence::card::find_card_number;
use bonafide_evidence::code::{
    Channel, DIGITS_LEAST, SENT_PER_DAY_MOST, Terms, TermsError, may_send,
};
use bonafide_evidence::letter::{Letter, Paper, Texts};
use bonafide_model::SeededEntropy;

use crate::contract::at;
use crate::fuzz;

const KEY: [u8; 32] = [7; 32];

/// accepted at the limit minus a second, refused at the limit plus one, for every channel.
#[test]
fn a_code_is_good_up_to_its_limit() {
    let sent = at("2026-06-01T00:00:00Z");
    for (channel, seconds) in [
        (Channel::Sms, 600),
        (Channel::Voice, 600),
        (Channel::Email, 24 * 3600),
        (Channel::PostContiguousUs, 21 * 24 * 3600),
        (Channel::PostElsewhere, 30 * 24 * 3600),
    ] {
        let (code, challenge) = Terms::of(channel).draw(&SeededEntropy::new(1), &KEY, sent);
        assert!(
            code.len() >= usize::from(DIGITS_LEAST) && code.bytes().all(|b| b.is_ascii_digit())
        );
        let limit = seconds * 1000;
        assert!(
            challenge
                .clone()
                .answer(&KEY, &code, sent.plus_millis(limit - 1000)),
            "{channel:?}"
        );
        assert!(
            !challenge
                .clone()
                .answer(&KEY, &code, sent.plus_millis(limit)),
            "{channel:?}"
        );
        assert!(
            !challenge
                .clone()
                .answer(&KEY, &code, sent.plus_millis(limit + 1000)),
            "{channel:?}"
        );
    }
}

#[test]
fn a_code_is_good_once_and_takes_few_answers() {
    let sent = at("2026-06-01T00:00:00Z");
    let terms = Terms::of(Channel::Sms);
    let (code, challenge) = terms.draw(&SeededEntropy::new(2), &KEY, sent);
    let typed = format!(
        " {}-{} ",
        &code.chars().take(3).collect::<String>(),
        &code.chars().skip(3).collect::<String>()
    );
    let mut once = challenge.clone();
    assert!(once.answer(&KEY, &typed, sent));
    assert!(!once.answer(&KEY, &code, sent), "a second time");
    let mut guessed = challenge.clone();
    for _ in 0..terms.tries() {
        assert!(!guessed.answer(&KEY, "not it", sent));
    }
    assert!(!guessed.answer(&KEY, &code, sent), "after too many answers");
    assert!(
        !challenge.clone().answer(&[8; 32], &code, sent),
        "under another key"
    );
    assert!(
        !challenge
            .digest
            .windows(code.len())
            .any(|part| part == code.as_bytes())
    );
}

#[test]
fn terms_keep_to_the_bounds() {
    for (channel, lifetime, digits, tries, error) in [
        (
            Channel::Sms,
            600_001,
            6,
            5,
            Some(TermsError::Lifetime(600_000)),
        ),
        (Channel::Sms, 0, 6, 5, Some(TermsError::Lifetime(600_000))),
        (Channel::Email, 3_600_000, 5, 5, Some(TermsError::Digits)),
        (Channel::Email, 3_600_000, 13, 5, Some(TermsError::Digits)),
        (Channel::Email, 3_600_000, 6, 0, Some(TermsError::Tries)),
        (Channel::Email, 3_600_000, 6, 11, Some(TermsError::Tries)),
        (Channel::Email, 3_600_000, 8, 3, None),
    ] {
        assert_eq!(Terms::new(channel, lifetime, digits, tries).err(), error);
    }
}

#[test]
fn digits_are_equally_likely() {
    let chance = SeededEntropy::new(3);
    let mut counts = [0_u32; 10];
    for _ in 0..2000 {
        let (code, _) = Terms::of(Channel::Sms).draw(&chance, &KEY, at("2026-06-01T00:00:00Z"));
        for digit in code.bytes() {
            counts[usize::from(digit - b'0')] += 1;
        }
    }
    assert!(
        counts.iter().all(|count| (1050..1350).contains(count)),
        "{counts:?}"
    );
}

#[test]
fn codes_to_one_target_are_few() {
    let now = at("2026-06-02T00:00:00Z");
    assert!(may_send(&[], now));
    assert!(!may_send(&[now.plus_millis(-59_999)], now));
    assert!(may_send(&[now.plus_millis(-60_000)], now));
    let hours: Vec<_> = (1..=5)
        .map(|hour| now.plus_millis(-hour * 3_600_000))
        .collect();
    assert_eq!(hours.len(), SENT_PER_DAY_MOST);
    assert!(!may_send(&hours, now));
    assert!(may_send(&hours, now.plus_millis(20 * 3_600_000)));
}

#[test]
fn a_letter_shows_its_code_and_runs_nothing() {
    let letter = Letter {
        paper: Paper::A4,
        to: &["J. <script>alert(1)</script>", "1 \"Main\" St"],
        from: &["Example & Co"],
        code: "12345678",
        good_until: "22 June 2026",
        page: "example.org/letter",
        language: "en",
        texts: Texts::ENGLISH,
    };
    let html = letter.html();
    assert!(
        html.contains("1234 5678")
            && html.contains("Example &amp; Co")
            && html.contains("22 June 2026")
    );
    assert!(!html.contains("<script") && !html.contains("http"));
    assert!(
        Letter {
            paper: Paper::Letter,
            ..letter
        }
        .html()
        .contains("size:letter")
    );
}

/// test numbers of the schemes are found however they are written.
#[test]
fn numbers_of_cards_are_found() {
    for (text, scheme) in [
        ("4111111111111111", "visa"),
        ("card 4111 1111 1111 1111 12/27", "visa"),
        ("4012-8888-8888-1881", "visa"),
        ("\u{ff14}111111111111111", "visa"),
        ("5555555555554444", "mastercard"),
        ("2223003122003222", "mastercard"),
        ("3782 822463 10005", "american express"),
        ("6011111111111117", "discover"),
        ("30569309025904", "diners club"),
        ("3530111333300000", "jcb"),
        ("6200000000000005", "unionpay"),
        ("ref:5105105105105100;", "mastercard"),
    ] {
        let found = find_card_number(text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(found.scheme, scheme, "{text}");
    }
    assert_eq!(
        find_card_number("4111 1111 1111 1111").unwrap().last_four,
        [1, 1, 1, 1]
    );
    for text in [
        "",
        "4111111111111112",
        "41111111111111111111",
        "4111 1111",
        "+1 650 253 0000",
        "2026-06-01T12:00:00Z",
        "411111  1111111111",
        "x4111111111",
        "1234567890123",
        "529900T8BM49AURSDO55",
    ] {
        assert_eq!(find_card_number(text), None, "{text}");
    }
}

/// Noise: see [`crate::fuzz`].
pub(crate) fn noise() {
    fuzz::parser(&[b"card 4111 1111 1111 1111 12/27".to_vec()], |bytes| {
        let _ = find_card_number(&String::from_utf8_lossy(bytes));
    });
}
