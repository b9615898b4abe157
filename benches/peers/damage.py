"""Ways in which a name is written wrongly or otherwise; each takes a name and a source of chance and gives another, or None.

Written from what happens at keyboards, scanners, registries and by intent, not from what the product folds.
"""

import re
import string

NEAR = {}
for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm"):
    for a, b in zip(row, row[1:]):
        NEAR.setdefault(a, []).append(b)
        NEAR.setdefault(b, []).append(a)


def letters(name, least=4):
    """Places of letters within words long enough to be damaged."""
    return [m.start() + i for m in re.finditer(r"[A-Za-z]{%d,}" % least, name) for i in range(len(m.group()))]


def like(letter, other):
    return other.upper() if letter.isupper() else other


def typo(name, chance):
    places = letters(name)
    if not places:
        return None
    at = chance.choice(places)
    kind = chance.choice(["near", "drop", "double", "swap", "insert", "any"])
    c = name[at]
    if kind == "drop":
        return name[:at] + name[at + 1 :]
    if kind == "double":
        return name[:at] + c + name[at:]
    if kind == "swap":
        if at + 1 not in places or name[at + 1] == c:
            return None
        return name[:at] + name[at + 1] + c + name[at + 2 :]
    if kind == "insert":
        return name[:at] + like(c, chance.choice(string.ascii_lowercase)) + name[at:]
    other = chance.choice(NEAR[c.lower()]) if kind == "near" else chance.choice(string.ascii_lowercase)
    return None if other == c.lower() else name[:at] + like(c, other) + name[at + 1 :]


def typos(name, chance):
    """Two slips in different words, or in one long one."""
    once = typo(name, chance)
    return once and len(letters(name)) >= 10 and typo(once, chance) or None


def pairs(name, chance, table, most=2):
    """Replaces up to `most` occurrences of the left sides of a table."""
    lower = name.lower()
    found = [(m.start(), a, b) for a, b in table for m in re.finditer(re.escape(a), lower)]
    if not found:
        return None
    chance.shuffle(found)
    taken = []
    for at, a, b in found:
        if len(taken) < most and all(at + len(a) <= o or at >= o + len(oa) for o, oa, _ in taken):
            taken.append((at, a, b))
    for at, a, b in sorted(taken, reverse=True):
        shown = b.upper() if name[at].isupper() and name[at : at + len(a)].isupper() else b
        name = name[:at] + shown + name[at + len(a) :]
    return name


OCR = [("rn", "m"), ("m", "rn"), ("o", "0"), ("l", "1"), ("i", "1"), ("l", "i"), ("i", "l"), ("s", "5"), ("b", "8"), ("z", "2"), ("cl", "d"), ("d", "cl"), ("w", "vv"), ("e", "c"), ("h", "b"), ("u", "ii"), ("g", "9"), ("t", "f"), ("a", "o")]
SOUND = [("ph", "f"), ("f", "ph"), ("c", "k"), ("k", "c"), ("ks", "x"), ("x", "ks"), ("s", "z"), ("z", "s"), ("v", "w"), ("w", "v"), ("ee", "i"), ("i", "ee"), ("oo", "u"), ("u", "oo"), ("ou", "u"), ("y", "i"), ("ei", "ai"), ("ck", "k"), ("sh", "ch"), ("j", "g"), ("q", "k"), ("tt", "t"), ("ll", "l"), ("ss", "s"), ("t", "tt"), ("l", "ll"), ("n", "nn"), ("e", "a"), ("o", "u")]
TRANSLIT = [("kh", "h"), ("kh", "x"), ("zh", "j"), ("zh", "ž"), ("sh", "š"), ("sh", "sch"), ("ch", "č"), ("ch", "tsch"), ("ts", "c"), ("ts", "tz"), ("yu", "iu"), ("yu", "ju"), ("ya", "ia"), ("ya", "ja"), ("iy", "y"), ("iy", "ii"), ("iy", "ij"), ("ye", "e"), ("ov", "off"), ("ov", "ow"), ("ev", "eff"), ("ev", "ew"), ("y", "j"), ("q", "k"), ("q", "gh"), ("dh", "d"), ("dh", "z"), ("th", "s"), ("ou", "u"), ("u", "ou"), ("ee", "i"), ("a", "e"), ("u", "o"), ("j", "dj"), ("j", "g"), ("gh", "g"), ("w", "v"), ("ei", "ay"), ("ai", "ay"), ("mm", "m"), ("ss", "s"), ("dd", "d"), ("hs", "x"), ("ao", "au"), ("ch'", "q"), ("aa", "a"), ("ah", "a"), ("a ", "ah ")]
LOOK = {"a": "аα", "c": "сϲ", "e": "еҽ", "o": "оοօ", "p": "рρ", "x": "хχ", "y": "уу", "i": "іι", "j": "ј", "s": "ѕ", "A": "АΑ", "B": "ВΒ", "C": "С", "E": "ЕΕ", "H": "НΗ", "I": "ІΙ", "J": "Ј", "K": "КΚ", "M": "МΜ", "N": "Ν", "O": "ОΟ", "P": "РΡ", "S": "Ѕ", "T": "ТΤ", "X": "ХΧ", "Y": "ҮΥ", "Z": "Ζ", "h": "һ", "d": "ԁ", "v": "ν", "w": "ԝ", "l": "ӏ", "q": "ԛ"}
UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202c\u034f\u2063"


def ocr(name, chance):
    return pairs(name, chance, OCR)


def sound(name, chance):
    return pairs(name, chance, SOUND)


def translit(name, chance):
    return pairs(name, chance, TRANSLIT, 3)


def homoglyph(name, chance):
    places = [i for i, c in enumerate(name) if c in LOOK]
    if not places:
        return None
    chosen = set(chance.sample(places, min(len(places), chance.randint(1, 5))))
    return "".join(chance.choice(LOOK[c]) if i in chosen else c for i, c in enumerate(name))


def invisible(name, chance):
    for _ in range(chance.randint(1, 4)):
        at = chance.randint(1, len(name) - 1)
        name = name[:at] + chance.choice(UNSEEN) + name[at:]
    return name


def reorder(name, chance):
    words = name.split()
    if len(words) < 2:
        return None
    turned = words[:]
    chance.shuffle(turned)
    return " ".join(turned)


def drop_middle(name, chance):
    words = name.split()
    if len(words) < 3:
        return None
    words.pop(chance.randint(1, len(words) - 2))
    return " ".join(words)


MIDDLE = "Ahmed Ali Maria Jose John Hassan Ivanovich Sergeevich Mohammad Carlos Lee Marie Abdul Omar Luis Anna Peter Khalid Petrovich Antonio Yusuf Ibrahim James Fernando Viktorovna".split()


def add_middle(name, chance):
    words = name.split()
    if len(words) < 2:
        return None
    words.insert(1, chance.choice(MIDDLE))
    return " ".join(words)


def initial(name, chance):
    words = name.split()
    if len(words) < 2 or len(words[0]) < 2:
        return None
    at = 0 if len(words) == 2 else chance.randint(0, len(words) - 2)
    words[at] = words[at][0] + chance.choice(["", "."])
    return " ".join(words)


def joined(name, chance):
    words = re.split(r"[ -]", name)
    if len(words) < 2:
        return None
    at = chance.randint(0, len(words) - 2)
    return " ".join(words[:at] + [words[at] + words[at + 1].lower()] + words[at + 2 :])


def parted(name, chance):
    words = name.split()
    long = [i for i, w in enumerate(words) if len(w) >= 7]
    if not long:
        return None
    at = chance.choice(long)
    cut = chance.randint(3, len(words[at]) - 3)
    words[at] = words[at][:cut] + chance.choice([" ", "-"]) + words[at][cut:]
    return " ".join(words)


def truncated(name, chance):
    return name[: chance.randint(int(len(name) * 0.75), len(name) - 2)].strip() if len(name) >= 16 else None


def titled(name, chance):
    return f"{chance.choice(['Mr.', 'Mrs', 'Dr.', 'Sheikh', 'General', 'Hajji', 'Prof.', 'Col.', 'Sr.', 'Ing.', 'Haji', 'Mullah'])} {name}"


def dressed(name, chance):
    """Another case, with accents and punctuation."""
    marks = {"a": "áàäâã", "e": "éèëê", "i": "íïî", "o": "óöôõ", "u": "úüû", "c": "ç", "n": "ñ", "s": "š", "z": "ž"}
    text = "".join(chance.choice(marks[c]) if c in marks and chance.random() < 0.3 else c for c in name.lower())
    return text.replace(" ", chance.choice([" ", "-", "  ", ". "]))


NICK = [("alexander", "sasha"), ("aleksandr", "sasha"), ("robert", "bob"), ("william", "bill"), ("jose", "pepe"), ("francisco", "paco"), ("vladimir", "volodya"), ("dmitry", "dima"), ("dmitriy", "dima"), ("mikhail", "misha"), ("michael", "mike"), ("john", "johnny"), ("nikolay", "kolya"), ("ivan", "vanya"), ("sergei", "seryozha"), ("sergey", "seryozha"), ("manuel", "manolo"), ("ignacio", "nacho"), ("jesus", "chucho"), ("guadalupe", "lupe"), ("antonio", "tony"), ("enrique", "kike"), ("eduardo", "lalo"), ("rafael", "rafa"), ("james", "jim"), ("thomas", "tom"), ("charles", "charlie"), ("joseph", "joe"), ("yevgeniy", "zhenya"), ("aleksey", "alyosha"), ("alexey", "alyosha"), ("pavel", "pasha"), ("yuri", "yura"), ("yuriy", "yura"), ("victor", "vitya"), ("viktor", "vitya"), ("konstantin", "kostya"), ("natalia", "natasha"), ("elena", "lena"), ("maria", "masha"), ("ekaterina", "katya"), ("tatiana", "tanya"), ("anna", "anya"), ("olga", "olya"), ("carlos", "charlie"), ("roberto", "beto"), ("alberto", "beto"), ("luis", "lucho"), ("mario", "mayito"), ("fernando", "nando"), ("mohammad", "mo"), ("andrey", "andrew"), ("pedro", "peter"), ("juan", "john"), ("jorge", "george"), ("miguel", "michael"), ("yusuf", "joseph"), ("ibrahim", "abraham"), ("dawood", "david"), ("musa", "moses")]


def nickname(name, chance):
    words = name.split()
    for at, word in enumerate(words):
        for full, short in NICK:
            if word.lower() == full:
                return " ".join(words[:at] + [short.capitalize()] + words[at + 1 :])
    return None


FORMS = {
    "LTD": ["Limited", "Ltd.", "L.T.D.", "LLC", ""],
    "LIMITED": ["Ltd", "Ltd.", ""],
    "LLC": ["L.L.C.", "Limited Liability Company", "OOO", ""],
    "COMPANY": ["Co.", "Co", ""],
    "CO": ["Company", ""],
    "CORPORATION": ["Corp.", "Corp", ""],
    "CORP": ["Corporation", ""],
    "INC": ["Incorporated", "Inc.", ""],
    "GMBH": ["G.m.b.H.", "Gesellschaft mit beschränkter Haftung"],
    "S.A.": ["SA", "Sociedad Anonima", "S A"],
    "JSC": ["Joint Stock Company", "AO", "J.S.C.", ""],
    "OOO": ["LLC", "ООО", "Limited Liability Company", ""],
    "AO": ["JSC", "Joint Stock Company", ""],
    "FZE": ["F.Z.E.", "Free Zone Establishment", ""],
    "S.R.L.": ["SRL", ""],
    "PJSC": ["Public Joint Stock Company", "PAO"],
}


def legal_form(name, chance):
    for form, others in FORMS.items():
        match = re.search(rf"(?<![A-Za-z.]){re.escape(form)}(?![A-Za-z])\.?", name.upper())
        if match:
            return re.sub(r"[ ,]+$", "", name[: match.start()] + chance.choice(others) + name[match.end() :])
    return f"{name} {chance.choice(['Ltd', 'LLC', 'GmbH', 'S.A.', 'Inc.', 'Co., Ltd.', 'FZE', 'S.r.l.', 'BV', 'JSC'])}"


def ampersand(name, chance):
    if re.search(r"\band\b", name, re.I):
        return re.sub(r"\band\b", "&", name, flags=re.I)
    return name.replace("&", "and") if "&" in name else None


WORDS = [("company", "co"), ("international", "intl"), ("trading", "trdg"), ("industries", "ind"), ("industrial", "ind"), ("general", "gen"), ("limited", "ltd"), ("corporation", "corp"), ("development", "dev"), ("engineering", "eng"), ("manufacturing", "mfg"), ("department", "dept"), ("services", "svcs"), ("technology", "tech"), ("technologies", "tech"), ("university", "univ"), ("national", "natl"), ("institute", "inst"), ("shipping", "shpg"), ("management", "mgmt"), ("brothers", "bros"), ("association", "assn"), ("organization", "org"), ("foundation", "fdn")]


def abbreviated(name, chance):
    words = name.split()
    found = [i for i, w in enumerate(words) if w.lower() in dict(WORDS)]
    if not found:
        return None
    at = chance.choice(found)
    words[at] = dict(WORDS)[words[at].lower()] + chance.choice(["", "."])
    return " ".join(words)


def dropped_word(name, chance):
    words = name.split()
    if len(words) < 4:
        return None
    words.pop(chance.randint(1, len(words) - 1))
    return " ".join(words)


def vessel_prefix(name, chance):
    return f"{chance.choice(['M/V', 'MV', 'M.V.', 'MT', 'M/T', 'SS', 'MS'])} {name}"


PERSON = [("typing", typo, 600), ("typing_two", typos, 400), ("ocr", ocr, 600), ("sound", sound, 600), ("transliteration", translit, 600), ("homoglyph", homoglyph, 500), ("invisible", invisible, 500), ("order", reorder, 400), ("dropped_part", drop_middle, 500), ("added_part", add_middle, 500), ("initial", initial, 400), ("joined", joined, 400), ("parted", parted, 400), ("truncated", truncated, 300), ("title", titled, 300), ("dress", dressed, 300), ("nickname", nickname, 400)]
ORGANIZATION = [("typing", typo, 300), ("ocr", ocr, 300), ("sound", sound, 300), ("homoglyph", homoglyph, 250), ("invisible", invisible, 250), ("order", reorder, 250), ("legal_form", legal_form, 600), ("ampersand", ampersand, 200), ("abbreviation", abbreviated, 400), ("dropped_word", dropped_word, 400), ("joined", joined, 300), ("parted", parted, 300), ("truncated", truncated, 300), ("dress", dressed, 200)]
VESSEL = [("typing_vessel", typo, 150), ("ocr_vessel", ocr, 150), ("vessel_prefix", vessel_prefix, 150), ("homoglyph", homoglyph, 50)]
AIRCRAFT = [("homoglyph", homoglyph, 50), ("invisible", invisible, 50)]
MAKERS = {"person": PERSON, "organization": ORGANIZATION, "vessel": VESSEL, "aircraft": AIRCRAFT}
