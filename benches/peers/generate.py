"""Makes the labelled evaluation set for name screening: an index, and queries with what they should find.

    generate.py LISTS_FOLDER OUT_FOLDER

Writes `index.ftm.json` (the list to search), `tuning.jsonl` and `test.jsonl` (queries: id, type, name, class, expect).
Parties are split into tuning and test by the hash of their number, so that nothing learnt on one half is known in the
other. Everything follows from SEED; `digests.txt` holds what the files must hash to.

Kinds of query: names that the index was robbed of (aliases of the same list), names that other authorities give the same
party, native scripts, made-up damage of many kinds, and negatives: people and companies of many countries, and names put
together from parts of listed ones.
"""

import csv
import gzip
import hashlib
import io
import json
import random
import re
import sys
import unicodedata
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from pathlib import Path

from faker import Faker
from pytickersymbols import PyTickerSymbols

import damage

SEED = 20261124
LATIN_LOCALES = (
    "en_US en_GB en_IN en_NG en_KE en_PH en_PK en_BD fr_FR fr_CA fr_DZ de_DE de_AT es_ES es_MX es_CO es_AR es_CL pt_BR pt_PT it_IT "
    "nl_NL nl_BE pl_PL cs_CZ sk_SK hu_HU ro_RO hr_HR sl_SI bs_BA sq_AL et_EE lv_LV lt_LT fi_FI sv_SE no_NO da_DK is_IS tr_TR "
    "az_AZ uz_UZ id_ID fil_PH vi_VN yo_NG ha_NG ig_NG zu_ZA sw tw_GH mt_MT ga_IE en_TH"
).split()
NATIVE_LOCALES = (
    "ru_RU uk_UA bg_BG mk_MK el_GR ar_AA ar_EG ar_SA ar_JO ar_PS ar_BH ar_DZ fa_IR he_IL zh_CN zh_TW ja_JP ko_KR hi_IN ne_NP ta_IN th_TH ka_GE hy_AM bn_BD"
).split()
SCRIPTS = {
    "CYRILLIC": "script_cyrillic",
    "ARABIC": "script_arabic",
    "GREEK": "script_greek",
    "HEBREW": "script_hebrew",
    "CJK": "script_han",
    "HANGUL": "script_hangul",
}


def rows(path):
    with gzip.open(path, "rt", encoding="latin-1", newline="") as file:
        for row in csv.reader(file):
            if row and row[0].strip().isdigit():
                yield ["" if c.strip() == "-0-" else c.strip() for c in row]


def plain(name):
    text = unicodedata.normalize("NFKD", name).casefold()
    text = "".join(c for c in text if not unicodedata.combining(c))
    return " ".join(sorted(re.findall(r"\w+", text.replace("'", ""))))


def given_first(name):
    family, comma, given = name.partition(",")
    return f"{given.strip()} {family.strip()}" if comma and given.strip() else name


def script_of(name):
    found = {unicodedata.name(c, "").split(" ")[0] for c in name if c.isalpha()}
    return next((SCRIPTS[s] for s in sorted(found) if s in SCRIPTS), "latin" if found == {"LATIN"} else "other")


def is_half(identity, salt):
    return hashlib.sha256(f"{SEED}/{salt}/{identity}".encode()).digest()[0] % 2 == 0


class Party:
    KINDS = {"individual": "person", "": "organization", "vessel": "vessel", "aircraft": "aircraft"}

    def __init__(self, row):
        self.id, self.kind, self.primary = row[0], self.KINDS[row[2]], row[1]
        remarks = row[11]
        self.weak = re.findall(r"[af]\.k\.a\. '([^']+)'", remarks)
        self.years = set(re.findall(r"DOB [^;]*?(\d{4})", remarks))
        self.strong = []
        self.held_out = None

    def names(self):
        return [self.primary, *self.strong, *self.weak]

    def shown(self, name):
        return given_first(name) if self.kind == "person" else name


def load_sdn(folder):
    parties = {row[0]: Party(row) for row in rows(folder / "ofac/sdn_20240503.csv.gz") if len(row) == 12}
    for row in rows(folder / "ofac/alt_20250227.csv.gz"):
        party = parties.get(row[0])
        if party and row[3] not in party.names():
            party.strong.append(row[3])
    return parties


def hold_out(parties, chance):
    """Robs half of the parties that have aliases of one: not the primary name, and not one that only turns another round."""
    for party in parties.values():
        others = {plain(n) for n in party.names()}
        candidates = [n for n in party.strong if plain(n) != plain(party.primary)]
        if candidates and len(others) > 1 and chance.random() < 0.5:
            party.held_out = chance.choice(sorted(candidates))
            party.strong = [n for n in party.strong if plain(n) != plain(party.held_out)]


def others(folder):
    """Parties of other authorities: (kind, years, names)."""
    groups = defaultdict(lambda: ["", set(), []])
    with gzip.open(folder / "multi/combined_20220505.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["list"] in ("eu", "uk"):
                group = groups[row["list"], row["id"]]
                group[0] = "person" if row["type"].lower() in ("person", "individual") else "organization"
                group[1].update(re.findall(r"\d{4}", row["yob"] or ""))
                if row["name"] not in group[2]:
                    group[2].append(row["name"])
    yield from groups.values()
    root = ElementTree.parse(gzip.open(folder / "un/UN_consolidated_20260227.xml.gz")).getroot()
    for tag, kind in (("INDIVIDUAL", "person"), ("ENTITY", "organization")):
        for item in root.iter(tag):
            text = lambda key: (item.findtext(key) or "").strip()
            parts = [text(k) for k in ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")]
            names = [" ".join(p for p in parts if p), text("NAME_ORIGINAL_SCRIPT")]
            names += [(a.findtext("ALIAS_NAME") or "").strip() for a in item.iter(f"{tag}_ALIAS") if (a.findtext("QUALITY") or "") in ("Good", "a.k.a.", "f.k.a.")]
            years = {y.text.strip()[:4] for y in item.iter("YEAR") if y.text}
            yield [kind, years, [n for n in names if n]]


def linked(parties, folder):
    """(party, name) for names that another authority gives a party of the index, and the index has not."""
    by_name = defaultdict(set)
    for party in parties.values():
        for name in party.names():
            by_name[party.kind, plain(name)].add(party.id)
    seen = set()
    for kind, years, names in others(folder):
        found = set.union(set(), *(by_name[kind, plain(n)] for n in names if len(plain(n).split()) > 1 and (kind, plain(n)) in by_name))
        if len(found) != 1:
            continue
        party = parties[next(iter(found))]
        if kind == "person" and years and party.years and not years & party.years:
            continue
        known = {plain(n) for n in party.names() + ([party.held_out] if party.held_out else [])}
        for name in names:
            key = plain(name)
            if len(key) > 3 and key not in known and (party.id, key) not in seen:
                seen.add((party.id, key))
                yield party, name


def positives(parties, folder, chance):
    for party in parties.values():
        if party.held_out:
            yield f"alias_{party.kind}", party, party.shown(party.held_out)
    for party, name in linked(parties, folder):
        script = script_of(name)
        if script == "latin":
            yield "other_authority", party, name
        elif script != "other":
            yield script, party, name
    pool = [p for p in sorted(parties.values(), key=lambda p: int(p.id))]
    for kind, makers in damage.MAKERS.items():
        of_kind = [p for p in pool if p.kind == kind]
        for name, maker, wanted in makers:
            made = 0
            for party in chance.sample(of_kind, len(of_kind)):
                listed = chance.choice([party.primary, *party.strong])
                query = maker(party.shown(listed), chance)
                if query and query != party.shown(listed) and plain(query):
                    yield name, party, query
                    made += 1
                if made >= wanted:
                    break


def negatives(parties, chance):
    listed = {plain(n) for p in parties.values() for n in p.names()}
    for number, locale in enumerate(LATIN_LOCALES + NATIVE_LOCALES):
        fake = Faker(locale)
        fake.seed_instance(SEED + number)
        native = locale in NATIVE_LOCALES
        for _ in range(60 if native else 120):
            first, last = fake.first_name(), fake.last_name()
            joined = locale in ("zh_CN", "zh_TW", "ja_JP", "ko_KR")
            yield "other_person_native" if native else "other_person", "person", f"{last}{first}" if joined else f"{first} {last}"
        if not native:
            for _ in range(40):
                yield "other_person", "person", f"{fake.first_name()} {fake.first_name()} {fake.last_name()}"
        for _ in range(15 if native else 25):
            yield "other_company", "organization", fake.company()
    symbols = PyTickerSymbols()
    names = {s["name"] for index in symbols.get_all_indices() for s in symbols.get_stocks_by_index(index)}
    for name in sorted(names):
        yield "listed_company", "organization", name
    yield from recombined(parties, listed, chance)


def recombined(parties, listed, chance):
    """Given names of one listed person with the family name of another; halves of two listed companies."""
    persons = [n.split(",", 1) for p in parties.values() if p.kind == "person" for n in [p.primary] if "," in n]
    made = 0
    while made < 1500:
        (family, _), (_, given) = chance.sample(persons, 2)
        name = f"{given.strip()} {family.strip()}"
        if plain(name) not in listed:
            made += 1
            yield "near_miss_person", "person", name
    companies = [p.primary.split() for p in parties.values() if p.kind == "organization" and len(p.primary.split()) >= 3]
    made = 0
    while made < 700:
        one, two = chance.sample(companies, 2)
        name = " ".join(one[: (len(one) + 1) // 2] + two[(len(two) + 1) // 2 :])
        if plain(name) not in listed:
            made += 1
            yield "near_miss_company", "organization", name


def ftm(party):
    schema = {"person": "Person", "organization": "Organization", "vessel": "Vessel", "aircraft": "Airplane"}[party.kind]
    properties = {"name": [party.primary]}
    if party.strong:
        properties["alias"] = party.strong
    if party.weak:
        properties["weakAlias"] = party.weak
    return {"id": party.id, "caption": party.primary, "schema": schema, "properties": properties}


def write(path, lines):
    data = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()
    path.write_bytes(data)
    return f"{hashlib.sha256(data).hexdigest()}  {path.name}\n"


def main():
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    chance = random.Random(SEED)
    parties = load_sdn(folder)
    hold_out(parties, chance)
    halves = {"tuning": [], "test": []}
    for number, (kind, party, name) in enumerate(positives(parties, folder, chance)):
        half = halves["tuning" if is_half(party.id, "party") else "test"]
        half.append({"id": f"p{number}", "type": party.kind, "name": name, "class": kind, "expect": party.id})
    for number, (kind, what, name) in enumerate(negatives(parties, chance)):
        half = halves["tuning" if is_half(name, "negative") else "test"]
        half.append({"id": f"n{number}", "type": what, "name": name, "class": kind, "expect": None})
    digests = write(out / "index.ftm.json", (ftm(p) for p in parties.values()))
    for half, queries in halves.items():
        digests += write(out / f"{half}.jsonl", queries)
    (out / "digests.txt").write_text(digests)
    sys.stdout.write(digests)


if __name__ == "__main__":
    main()
