"""Recall of each kind of query at fixed rates of false positives, for one or more result files over the same queries.

    evaluate.py QUERIES.jsonl NAME=RESULTS.jsonl…

A false positive is a query for somebody who is not listed whose best hit reaches the threshold. A query for a listed party
is found if that party's own score reaches it. Near-misses do not set the threshold: they are reported apart.
"""

import json
import sys
from collections import defaultdict

RATES = (0.01, 0.001)


def scores(queries, path):
    """Per query: the score of the expected party, or the best of any."""
    found = {}
    with open(path) as file:
        for line in file:
            answer = json.loads(line)
            found[answer["id"]] = answer["hits"]
    result = {}
    for query in queries:
        hits = found.get(query["id"], [])
        wanted = query["expect"]
        result[query["id"]] = max((h["score_bp"] for h in hits if wanted is None or h["entity_id"] == wanted), default=-1)
    return result


def threshold(negatives, rate):
    """The least threshold at which at most this share of negatives is flagged."""
    ranked = sorted(negatives, reverse=True)
    at = int(len(ranked) * rate)
    return ranked[at] + 1e-9 if at < len(ranked) else 0


def f1(queries, score):
    """The best F1 over all thresholds, with each query a pair."""
    ranked = sorted(((score[q["id"]], q["expect"] is not None) for q in queries), reverse=True)
    positives = sum(is_listed for _, is_listed in ranked)
    best, right = 0.0, 0
    for count, (_, is_listed) in enumerate(ranked, 1):
        right += is_listed
        best = max(best, 2 * right / (count + positives))
    return best


def table(queries, results):
    near = [q for q in queries if q["class"].startswith("near_miss")]
    negatives = [q for q in queries if q["expect"] is None and not q["class"].startswith("near_miss")]
    by_class = defaultdict(list)
    for query in queries:
        if query["expect"] is not None:
            by_class[query["class"]].append(query)
    cut = {n: [threshold([s[q["id"]] for q in negatives], r) for r in RATES] for n, s in results.items()}
    share = lambda of, s, t: sum(s[q["id"]] >= t for q in of) / max(len(of), 1)
    print("| class | queries | " + " | ".join(f"{n} 1 % | {n} 0.1 %" for n in results) + " |")
    print("| --- | ---: |" + " ---: | ---: |" * len(results))

    def row(label, of):
        cells = " | ".join(f"{share(of, s, t):.3f}" for n, s in results.items() for t in cut[n])
        print(f"| {label} | {len(of)} | {cells} |")

    row("**all listed**", [q for of in by_class.values() for q in of])
    macro = [[sum(share(of, s, t) for of in by_class.values() if len(of) >= 20) for t in cut[n]] for n, s in results.items()]
    count = sum(len(of) >= 20 for of in by_class.values())
    print(f"| **mean of classes** | {count} | " + " | ".join(f"{v / count:.3f}" for pair in macro for v in pair) + " |")
    for name, of in sorted(by_class.items()):
        row(name, of)
    for name in sorted({q["class"] for q in queries if q["expect"] is None}):
        row(f"flagged: {name}", [q for q in queries if q["class"] == name])
    row("flagged: all near misses", near)
    print("| threshold | | " + " | ".join(f"{t:.0f}" for n in results for t in cut[n]) + " |")


def main():
    with open(sys.argv[1]) as file:
        queries = [json.loads(line) for line in file]
    results = {}
    for argument in sys.argv[2:]:
        name, path = argument.split("=", 1)
        results[name] = scores(queries, path)
    table(queries, results)


if __name__ == "__main__":
    main()
