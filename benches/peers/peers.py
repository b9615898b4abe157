"""Scores the evaluation set with other open matchers, one result file each, in the same form as the product's.

    peers.py INDEX.ftm.json QUERIES.jsonl OUT_FOLDER [NAME…]

nomenklatura compares pairs of entities and leaves finding candidates to others: it is given, for each query, the names of
the same kind that come first by three cheap measures (rapidfuzz token-sort, token-set over a romanised text, and shared
rare parts), so that it is not blamed for a poor index. The time of that is not counted.
"""

import json
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy
from normality import latinize_text
from nomenklatura.matching import get_algorithm
from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler

try:
    from followthemoney import EntityProxy, model
except ImportError:
    from followthemoney import model
    from followthemoney.proxy import EntityProxy

CANDIDATES = 25
SCHEMATA = {"person": "Person", "organization": "Organization", "vessel": "Vessel", "aircraft": "Airplane"}
PLAIN = {"token_sort": fuzz.token_sort_ratio, "jaro_winkler": JaroWinkler.normalized_similarity}


def plain(name):
    return " ".join((latinize_text(name) or "").casefold().replace(",", " ").replace(".", " ").split())


def load(path):
    entities, names = {}, defaultdict(list)
    with open(path) as file:
        for line in file:
            data = json.loads(line)
            entities[data["id"]] = data
            for key in ("name", "alias", "weakAlias"):
                for name in data["properties"].get(key, []):
                    names[data["schema"]].append((plain(name), data["id"]))
    return entities, names


def best_of(names, scores, most=10):
    """The best score of each entity, best first."""
    top = numpy.argsort(-scores)[: most * 6]
    best = {}
    for at in top:
        best.setdefault(names[at][1], float(scores[at]))
    return list(best.items())[:most]


def hits_of(pairs, scale=10_000):
    return [{"entity_id": identity, "score_bp": round(score * scale, 3)} for identity, score in pairs]


def run_plain(name, names, queries, out):
    scorer = PLAIN[name]
    scale = 100.0 if name == "token_sort" else 1.0
    texts = {schema: [text for text, _ in rows] for schema, rows in names.items()}
    spent = 0.0
    with open(out / f"{name}.jsonl", "w") as file:
        for query in queries:
            schema = SCHEMATA[query["type"]]
            started = time.perf_counter()
            text = plain(query["name"])
            scores = process.cdist([text], texts[schema], scorer=scorer, dtype=numpy.float32)[0] / scale
            pairs = best_of(names[schema], scores)
            spent += time.perf_counter() - started
            file.write(json.dumps({"id": query["id"], "hits": hits_of(pairs)}) + "\n")
    print(f"{name}: {len(queries) / spent:.0f} queries a second", flush=True)


def candidates(names, postings, texts, query):
    schema = SCHEMATA[query["type"]]
    text = plain(query["name"])
    found = {}
    for scorer in (fuzz.token_sort_ratio, fuzz.token_set_ratio):
        scores = process.cdist([text], texts[schema], scorer=scorer, dtype=numpy.float32)[0]
        found.update(best_of(names[schema], scores, CANDIDATES))
    for part in sorted(text.split(), key=lambda p: len(postings[schema].get(p, ())))[:2]:
        for identity in list(postings[schema].get(part, ()))[:CANDIDATES]:
            found[identity] = 0
    return found


def proxy(data):
    return EntityProxy.from_dict(data) if not hasattr(model, "get_proxy") else model.get_proxy(data)


def run_nomenklatura(wanted, entities, names, queries, out):
    texts = {schema: [text for text, _ in rows] for schema, rows in names.items()}
    postings = defaultdict(lambda: defaultdict(list))
    for schema, rows in names.items():
        for text, identity in rows:
            for part in text.split():
                postings[schema][part].append(identity)
    listed = {}
    algorithms = {name: get_algorithm(name) for name in wanted}
    files = {name: open(out / f"{name}.jsonl", "w") for name in wanted}
    spent, pairs = defaultdict(float), 0
    for query in queries:
        schema = SCHEMATA[query["type"]]
        asked = proxy({"id": "query", "schema": schema, "properties": {"name": [query["name"]]}})
        found = candidates(names, postings, texts, query)
        pairs += len(found)
        for name, algorithm in algorithms.items():
            config = algorithm.default_config()
            started = time.perf_counter()
            scores = []
            for identity in found:
                if identity not in listed:
                    listed[identity] = proxy(entities[identity])
                scores.append((identity, algorithm.compare(asked, listed[identity], config).score))
            spent[name] += time.perf_counter() - started
            scores.sort(key=lambda pair: -pair[1])
            files[name].write(json.dumps({"id": query["id"], "hits": hits_of(scores[:10])}) + "\n")
    for name in wanted:
        files[name].close()
        print(f"{name}: {len(queries) / spent[name]:.0f} queries a second over {pairs / len(queries):.0f} candidates each, without finding them", flush=True)


def main():
    index, queries, out = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    wanted = sys.argv[4:] or ["token_sort", "jaro_winkler", "logic-v1", "logic-v2"]
    out.mkdir(parents=True, exist_ok=True)
    with open(queries) as file:
        queries = [json.loads(line) for line in file]
    entities, names = load(index)
    for name in wanted:
        if name in PLAIN:
            run_plain(name, names, queries, out)
    others = [name for name in wanted if name not in PLAIN]
    if others:
        run_nomenklatura(others, entities, names, queries, out)


if __name__ == "__main__":
    main()
