#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""
schema.py SCHEMA WHAT FILE...: hold reports in JSON against their schema, in which no key
is allowed that it does not name. What is wrong is printed, a line each. WHAT is one of

  check     the reports are as the schema says
  as-is     the same, but keys that it does not name are allowed, unless it forbids them
  keys      every key of the schema is described and in a report; one that is not
            required is missing in another
  mutants   a report with a key more, a key less, or a value of another type is not
            as the schema says; how many were tried is printed last
"""
import copy
import json
import sys

from jsonschema import Draft202012Validator


def unique(pairs):
    """An object, unless it has a key twice."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError(f"a key twice: {[key for key, _ in pairs]}")
    return made


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file, object_pairs_hook=unique)


def close(schema):
    """Allow no object any other key than those that it has."""
    if isinstance(schema, list):
        for part in schema:
            close(part)
    elif isinstance(schema, dict):
        for part in schema.values():
            close(part)
        if schema.get("type") == "object" and isinstance(schema.get("properties"), dict):
            schema["additionalProperties"] = False


def children(value):
    """The name of each part, as a path has it; the key; and the part."""
    if isinstance(value, dict):
        return [(f".{key}", key, part) for key, part in value.items()]
    if isinstance(value, list):
        return [("[]", index, part) for index, part in enumerate(value)]
    return []


def count(value, path, counts):
    """How often there is each path; rows of one list have the same one."""
    counts[path] = counts.get(path, 0) + 1
    for name, _, part in children(value):
        count(part, path + name, counts)
    return counts


def resolved(schema, node):
    """What @node refers to in the end, and what is said of it on the way."""
    text = node.get("description", "")
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
        text = text or node.get("description", "")
    return node, text


def keys_of(schema, node, path):
    """Each key: its path, its object's, whether it is required, and its description."""
    node, _ = resolved(schema, node)
    for key, part in node.get("properties", {}).items():
        text = resolved(schema, part)[1]
        yield f"{path}.{key}", path, key in node.get("required", []), text
        yield from keys_of(schema, part, f"{path}.{key}")
    if "items" in node:
        yield from keys_of(schema, node["items"], path + "[]")


def check_keys(schema, reports):
    counts = {}
    for _, report in reports:
        count(report, "", counts)
    for path, above, required, text in keys_of(schema, schema, ""):
        if not text.endswith("."):
            print(f"{path} has no description")
        if path not in counts:
            print(f"{path} is in the schema, and in no report")
        elif not required and counts[path] == counts[above]:
            print(f"{path} is in every report, and not required")


def shorten(value, path, known):
    """Of each list the first two rows, and those that have paths that are not known."""
    if isinstance(value, dict):
        return {key: shorten(part, f"{path}.{key}", known) for key, part in value.items()}
    if not isinstance(value, list) or not any(isinstance(part, dict) for part in value):
        known.add(path)
        return value
    kept = []
    for part in value:
        new = set(count(part, path + "[]", {})) - known
        if new or len(kept) < 2:
            known |= new
            kept.append(shorten(part, path + "[]", known))
    return kept


def other_type(value):
    if isinstance(value, (bool, str)):
        return 1
    if isinstance(value, (int, float)):
        return str(value)
    return [] if isinstance(value, dict) else {}


def mutants_of(value, path, always, done):
    """Make one at a time in its place, say what it is, and take it back."""
    if isinstance(value, dict) and (path, "more") not in done:
        done.add((path, "more"))
        value["unknown"] = 1
        yield f"{path}.unknown added"
        del value["unknown"]
    for name, key, part in children(value):
        below = path + name
        if isinstance(value, dict) and below in always and (below, "less") not in done:
            done.add((below, "less"))
            del value[key]
            yield f"{below} removed"
            value[key] = part
        if (below, "type") not in done:
            done.add((below, "type"))
            value[key] = other_type(part)
            yield f"{below} of another type"
            value[key] = part
        yield from mutants_of(part, below, always, done)


def always_there(reports):
    """The keys that every object of their kind has."""
    counts = {}
    for _, report in reports:
        count(report, "", counts)
    return {path for path, number in counts.items()
            if "." in path and number == counts[path.rsplit(".", 1)[0]]}


def check_mutants(validator, reports):
    always, done, known, tried = always_there(reports), set(), set(), 0
    for name, report in reports:
        small = shorten(copy.deepcopy(report), "", known)
        if not validator.is_valid(small):
            print(f"{name} is wrong without a mutant")
        for mutant in mutants_of(small, "", always, done):
            tried += 1
            if validator.is_valid(small):
                print(f"{name}: {mutant} is as the schema says")
    print(f"{tried} tried")


def check(validator, reports):
    for name, report in reports:
        for error in validator.iter_errors(report):
            print(f"{name}: {error.json_path}: {error.message[:200]}")


def main():
    schema, what = load(sys.argv[1]), sys.argv[2]
    Draft202012Validator.check_schema(schema)
    reports = [(path.rsplit("/", 1)[-1], load(path)) for path in sys.argv[3:]]
    closed = copy.deepcopy(schema)
    close(closed)
    if what == "keys":
        check_keys(schema, reports)
    elif what == "mutants":
        check_mutants(Draft202012Validator(closed), reports)
    elif what == "as-is":
        check(Draft202012Validator(schema), reports)
    else:
        check(Draft202012Validator(closed), reports)


main()
