#!/usr/bin/env python3
"""Holds the schemas that pcpsim prints against its reader, by an independent validator.

usage: tests/schema_check.py PCPSIM

Every scenario and machine of the project is valid by its schema. Then each is made wrong in one place
after the other: what the schema refuses, the reader must refuse, and of what a schema can know (types,
keys, units, names) it must refuse what the reader refuses.
"""
import copy
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import jsonschema

PROGRAM = pathlib.Path(sys.argv[1]).resolve()
SCENARIOS = pathlib.Path(__file__).resolve().parent.parent / "scenarios"
# Values of types that nothing, or only distances, is read from; and values that some parts take.
WRONG_TYPES = [None, True, [[]], {"surplus": 1}]
ODD_VALUES = ["\t", -1, 10**30, "", "14", "1ns", "1GiB", "0-3", [], {}]


def schema(kind):
    text = subprocess.run([PROGRAM, "schema", kind], check=True, capture_output=True).stdout
    parsed = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(parsed)
    return jsonschema.Draft202012Validator(parsed)


def places(value, path=()):
    """The path of everything below a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, child in items:
        yield path + (key,)
        if isinstance(child, (dict, list)):
            yield from places(child, path + (key,))


def at(value, path):
    for key in path:
        value = value[key]
    return value


def mistakes(content):
    """(what was done, the changed content, whether a schema can know)"""
    for path in places(content):
        # A provenance is no part of a value, and the rest of a long list is like its beginning.
        if path[-1] in ("source", "kind") or any(isinstance(k, int) and k > 2 for k in path):
            continue

        def changed(change):
            other = copy.deepcopy(content)
            change(at(other, path[:-1]))
            return other

        for wrong in WRONG_TYPES + ODD_VALUES:
            yield (f"{path} = {wrong!r}", changed(lambda parent: parent.update({path[-1]: wrong})
                   if isinstance(parent, dict) else parent.__setitem__(path[-1], wrong)),
                   wrong in WRONG_TYPES and not (wrong == [[]] and path[-1] == "distances"))
        if isinstance(path[-1], str):
            yield (f"without {path}", changed(lambda parent: parent.pop(path[-1])),
                   # Two models may be told apart by a label; what the base lacks is in another file.
                   path[-1] != "label" and path[0] != "overrides")
            yield f"{path} renamed", changed(
                lambda parent: parent.update({path[-1] + "x": parent.pop(path[-1])})), True


def reader_accepts(paths):
    done = subprocess.run([PROGRAM, "validate", *paths], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 2):
        sys.exit(f"pcpsim validate: exit status {done.returncode}\n{done.stderr}")
    accepted = {line.removesuffix(": ok") for line in done.stdout.splitlines()}
    return [str(path) in accepted for path in paths]


def check(validator, file, folder):
    content = json.loads(file.read_text())
    errors = [error.message for error in validator.iter_errors(content)]
    if errors:
        sys.exit(f"{file} is not valid by its schema: {errors}")
    made = list(mistakes(content))
    paths = []
    for number, (_, wrong, _) in enumerate(made):
        paths.append(folder / f"{number}.json")
        paths[-1].write_text(json.dumps(wrong))
    refusals = 0
    for (what, wrong, can_know), is_read in zip(made, reader_accepts(paths)):
        is_valid = validator.is_valid(wrong)
        if is_read and not is_valid or can_know and is_valid and not is_read:
            sys.exit(f"{file.name}, {what}: the reader {'takes' if is_read else 'refuses'} it, "
                     f"the schema does not")
        refusals += not is_valid
    for path in paths:
        path.unlink()
    return len(made), refusals


def main():
    total = refused = 0
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name) / "scenarios"
        shutil.copytree(SCENARIOS, root)
        for kind, folder in (("scenario", root), ("machine", root / "machines")):
            validator = schema(kind)
            for file in sorted(folder.glob("*.json")):
                made, refusals = check(validator, file, folder)
                total += made
                refused += refusals
    print(f"{total} changed files, {refused} refused by schema and reader")


main()
