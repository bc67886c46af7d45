#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds every line of the samples (program LINES) against the schema, and the schema against broken lines."""
import copy
import json
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    print("jsonschema: python3-jsonschema is not installed")
    sys.exit(77)

KNOWN = {"snapshot", "process", "skipped", "vma", "region", "page", "event", "sharers", "sharer", "end"}


def errors(validator, line):
    return sorted(str(e.message) for e in validator.iter_errors(line))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    failed = 0
    seen = {}
    for sample in (("all", "cow"), ("plain", "cow"), ("plain",), ("all",), ("sharers",)):
        text = subprocess.run([sys.argv[2], *sample], check=True, stdout=subprocess.PIPE).stdout.decode("utf-8")
        for number, raw in enumerate(text.splitlines(), 1):
            line = json.loads(raw)
            seen.setdefault(line["type"], line)
            found = errors(validator, line)
            if found or line["type"] not in KNOWN:
                failed += 1
                print(f"{sample}:{number}: {found}\n  {raw}")
    for name in sorted(KNOWN - set(seen)):
        failed += 1
        print(f"no sample has a line of type {name}")
    # What is required is required, and a word that is none is refused; what is new is not.
    for name, line in seen.items():
        for key in schema["$defs"][name]["required"]:
            broken = copy.deepcopy(line)
            del broken[key]
            if not errors(validator, broken):
                failed += 1
                print(f"{name} without {key} passes")
        extended = dict(line, from_a_later_version=[1])
        if errors(validator, extended):
            failed += 1
            print(f"{name} with a new field is refused")
    whole = dict(seen["region"], mapping="pte")
    for broken in (dict(seen["region"], mapping="huge"), {k: v for k, v in whole.items() if k != "present"}, dict(seen["region"], addr=4096),
                   dict(seen["page"], pfn="0X1"), dict(seen["end"], regions=-1)):
        if not errors(validator, broken):
            failed += 1
            print(f"passes: {broken}")
    judged = seen["region"]
    for wrong in ({"verdict": "maybe"}, {"rule": "6.18"}, {"pages": {"mixed": 1}}, {"why": ""}):
        broken = dict(judged, cow=[dict(judged["cow"][0], **wrong)])
        if not errors(validator, broken):
            failed += 1
            print(f"passes: {broken}")
    if errors(validator, {"type": "later", "what": "collapse"}):
        failed += 1
        print("a new type of line is refused")
    return 1 if failed else 0


sys.exit(main())
