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


def columns(record, key, page_size):
    """The lines that a line of columns stands for."""
    if not isinstance(record.get(key), list):
        return [record]
    count = len(record[key])

    def expand(values, unit):
        assert len(values) == count, values
        result = []
        for value in values:
            if isinstance(value, int) and result and isinstance(result[-1], str) and result[-1].startswith("0x"):
                value = hex(int(result[-1], 16) + value * unit)
            result.append(value)
        return result

    def split(value, unit):
        if isinstance(value, dict):
            parts = {name: split(inner, page_size if value is record and name == key else 1) for name, inner in value.items()}
            return [{name: part[i] for name, part in parts.items()} for i in range(count)]
        return expand(value, unit) if isinstance(value, list) else [value] * count

    return split(record, 1)


def merge(into, change):
    """RFC 7396."""
    for key, value in change.items():
        if value is None:
            into.pop(key, None)
        elif isinstance(value, dict):
            into[key] = merge(into[key] if isinstance(into.get(key), dict) else {}, value)
        else:
            into[key] = value
    return into


def stream(lines, validator):
    """What is wrong in a stream of deltas: lines, the lines that come of merging, or how many regions there are."""
    delta = validator.evolve(schema={**validator.schema, "oneOf": [{"$ref": "#/$defs/delta"}]})
    state, head, types = {}, {}, set()
    for line in lines:
        kind = line["type"]
        if kind == "snapshot":
            whole = "delta" not in line
            head = {} if whole or "whole" in line else head
            assert whole or line["since"] == seq, line
            state = {} if whole else state
            merge(head, line)
            seq = head["seq"]
            yield from errors(validator, {key: value for key, value in head.items() if key not in ("delta", "since", "whole")})
        types |= {kind if whole else "delta " + kind}
        yield from errors(validator if whole else delta, line)
        key = {"vma": "start", "process": "pid", "skipped": "pid", "region": "addr", "gone": "addr"}.get(kind)
        for one in columns(line, key, head["page_size"]) if key else ():
            name = (one.get("of", "process" if kind == "skipped" else kind), one["pid"],
                    one.get("addr", one.get("start")))
            if kind in ("skipped", "gone") or "whole" in one:
                state.pop(name, None)
            if name[0] == "process" and name not in state:
                for other in [other for other in state if other[1] == name[1]]:
                    del state[other]
            if kind != "gone":
                state[name] = merge(state.get(name, {}), one)
                state[name].pop("whole", None)
                yield from errors(validator, state[name])
        if kind == "end":
            areas = {name: area for name, area in state.items() if name[0] == "vma"}
            for name in [name for name in state if name[0] == "region"]:
                start, size = int(name[2], 16), state[name].get("len", head["pmd_size"])
                if not any(other[1] == name[1] and int(other[2], 16) <= start and start + size <= int(area["end"], 16)
                           for other, area in areas.items()):
                    del state[name]
            found = sum(name[0] == "region" for name in state)
            if found != line["regions"]:
                yield f"moment {head['seq']}: {found} regions, not {line['regions']}"
    for name in {"delta " + name for name in ("snapshot", "process", "vma", "region", "gone", "end")} - types:
        yield f"no line of type {name}"


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
    for sample in (("plain", "delta", "1"), ("plain", "delta", "3")):
        text = subprocess.run([sys.argv[2], *sample], check=True, stdout=subprocess.PIPE).stdout.decode("utf-8")
        for found in stream([json.loads(line) for line in text.splitlines()], validator):
            failed += 1
            print(f"{sample}: {found}")
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
