"""Fits the weights of the score on the tuning half: prints them in the order of `terms` in `crates/screen/src/score.rs`.

    fit.py TUNING.jsonl RESULTS.jsonl

RESULTS is what the example `evaluate` writes, which has the figures that were compared. Every weight may only pull the way
that a reviewer expects. Kinds of query count alike whatever their number, near-misses more than other negatives. Of every
query for somebody who is not listed the best hit counts, found again after each round. The first weight is shifted so that
one in a hundred of them reaches 6,000 basis points. Needs numpy and scipy, which nomenklatura brings or pip installs.
"""

import json
import sys
from collections import Counter

import numpy as np
from scipy.optimize import minimize

FIGURES = ["agreed", "query_left", "listed_left", "family_left", "slips", "slip_share", "agreed_parts", "query_left_parts", "listed_left_parts", "initials", "cut", "joined", "consonants", "disorder"]
HUNDREDTHS = 6
SIGNS = [0, 1, 1, 1, -1, -1, -1, -1, -1, 1, 1, 1, -1, -1, -1, -1, -1, -1, 0, -1, -1, -1, -1, -1, -1, -1, 1, 1]
NEGATIVE, NEAR_MISS, ROUNDS, RIDGE = 2.0, 2.5, 5, 0.02
THRESHOLD_ODDS = np.log(0.6 / 0.4)


def span(value, low, high):
    return np.clip(value - low, 0, high - low)


def terms(figures, weak):
    c = {key: figures[:, at] / (100 if at < HUNDREDTHS else 1) for at, key in enumerate(FIGURES)}
    agreed, query, listed = c["agreed"], c["query_left"], c["listed_left"]
    query_share = agreed / np.maximum(agreed + query, 0.1)
    listed_share = agreed / np.maximum(agreed + listed, 0.1)
    exact = (c["query_left_parts"] + c["listed_left_parts"] + c["slips"] + c["initials"] + c["cut"] == 0) * 1.0
    columns = [
        np.ones(len(agreed)), span(agreed, 0, 10) / 10, span(agreed, 10, 18) / 8, span(agreed, 18, 30) / 12,
        span(query, 0, 4) / 4, span(query, 4, 20) / 16, span(listed, 0, 4) / 4, span(listed, 4, 20) / 16,
        span(np.minimum(query, listed), 0, 10) / 10, query_share, listed_share, query_share * listed_share,
        span(c["slips"], 0, 1), span(c["slips"], 1, 4), np.minimum(c["slip_share"] * 10, 4), np.minimum(c["query_left_parts"], 2),
        np.minimum(c["listed_left_parts"], 3), (c["agreed_parts"] <= 1) * 1.0, (c["agreed_parts"] == 2) * 1.0,
        np.minimum(c["initials"], 2), np.minimum(c["cut"], 2), np.minimum(c["joined"], 2), np.minimum(c["consonants"], 3),
        span(c["family_left"], 0, 10) / 10, np.minimum(c["disorder"], 2), weak, exact, np.clip(1 - (query + listed) / 8, 0, 1),
    ]
    return np.stack(columns, 1)


def load(queries_path, results_path):
    with open(results_path) as file:
        hits = {answer["id"]: answer["hits"] for answer in map(json.loads, file)}
    with open(queries_path) as file:
        queries = [json.loads(line) for line in file]
    rows = [
        (at, hit)
        for at, query in enumerate(queries)
        for hit in hits[query["id"]]
        if hit["f"] and query["expect"] in (None, hit["entity_id"])
    ]
    figures = np.array([[hit["f"].get(key, 0) for key in FIGURES] for _, hit in rows], float)
    weak = np.array([hit["q"] == "weak" for _, hit in rows], float)
    return queries, np.array([at for at, _ in rows]), terms(figures, weak)


def fit(matrix, listed, weights, start):
    bounds = [(None, None) if s == 0 else (0, None) if s > 0 else (None, 0) for s in SIGNS]

    def loss(c):
        z = matrix @ c
        odds = 1 / (1 + np.exp(-z))
        value = np.sum(weights * (np.logaddexp(0, z) - listed * z)) + RIDGE * np.sum(c[1:] ** 2)
        return value, matrix.T @ (weights * (odds - listed)) + 2 * RIDGE * np.r_[0, c[1:]]

    return minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": 800}).x


def main():
    queries, of, matrix = load(sys.argv[1], sys.argv[2])
    kinds = Counter(q["class"] for q in queries)
    listed = np.array([q["expect"] is not None for q in queries])[of]
    near = np.array([q["class"].startswith("near_miss") for q in queries])[of]
    person = np.array([q["type"] == "person" for q in queries])[of]
    weights = np.array([np.sqrt(300 / kinds[q["class"]]) for q in queries])[of]
    weights = np.where(listed, weights, np.where(near, NEAR_MISS, NEGATIVE))
    scores, models = np.zeros(len(of)), []
    for which in (True, False):
        mine, hard = person == which, np.zeros(len(of), bool)
        score, c = matrix[:, 1], np.zeros(len(SIGNS))
        for _ in range(ROUNDS):
            seen = set()
            for at in np.argsort(-score):
                if mine[at] and not listed[at] and of[at] not in seen:
                    seen.add(of[at])
                    hard[at] = True
            used = mine & (listed | hard)
            c = fit(matrix[used], listed[used].astype(float), weights[used], c)
            score = matrix @ c
        models.append(c)
        scores[mine] = score[mine]
    best = np.full(len(queries), -99.0)
    np.maximum.at(best, of, scores)
    negative = [q["expect"] is None and not q["class"].startswith("near_miss") for q in queries]
    ranked = np.sort(best[negative])[::-1]
    for model in models:
        model[0] += THRESHOLD_ODDS - ranked[len(ranked) // 100]
        print(", ".join(f"{weight + 0.0:.3f}" for weight in model))


if __name__ == "__main__":
    main()
