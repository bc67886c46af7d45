# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of failing calls share: how many are made to fail, and what is held against a run in which one did."""
import collections
import copy
import csv
import io
import json
import operator
import os
import random
import re

import faults
from tap import SANITIZED, Failed, check, no_findings

# All of them in soak, or so many of a flow that makes tens of thousands of calls of a kind; else so many of each flow. A
# sanitized program takes five times as long.
BOUND = 2500
ALL = os.environ.get("FAULTS") == "all"
MOST = int(os.environ.get("FAULTS_MOST", 8 if SANITIZED else 16))
TRIES = 20  # of an unfailed run that is refused on a busy machine
SEED = int(os.environ.get("FAULTS_SEED", 1))  # the same sample each day; tests/soak/test_faults takes all
STATUS = {0, 1, 3, 4, 5, 6, 7}  # thpscope(1); 2 would blame the user, 70 is a bug
# Taken from the machine or a clock; or for what another reading stands in.
FREE = {"how", "counters", "processes", "looked", "took_ns", "time", "mono_ns", "vmstat", "flags", "thp_eligible", "smaps", "unknown"}
IDLE = 1 << 25  # of a page's flags: others may set it at any time
CALLS = [group for group in faults.GROUPS if group != "MEMORY"]


def ended(shot):
    """Whether it ended as thpscope(1) says, with a line of what went wrong, behind the steps of lab build."""
    said = shot.stderr.decode(errors="replace")
    if "Sanitizer" in said or "runtime error" in said:
        yield f"{shot}: {said[:3000]}"
    elif shot.returncode not in STATUS:
        yield f"{shot}: no status that is documented"
    elif shot.returncode >= 3 and not re.fullmatch(r"(Linux [^\n]*\n)*(thpscope(-[a-z-]+)?: [^\n]{10,}\n){1,2}", said):
        yield f"{shot}: not a line of what failed, behind one at most of something else"


def known(told, true):
    """Whether a value is the true one or stands for none."""
    return told == true or told in (None, "unknown")


def records(text):
    """{(type, PID, address): line} of a snapshot."""
    lines = [json.loads(line) for line in text.decode().splitlines()]
    return {(r["type"], r.get("pid"), r.get("addr", r.get("start"))): r for r in lines}


def kb_known(told, true, unknown):
    """A sum of kB may lack what is told as unknown."""
    return told <= true <= told + unknown


def untrue_field(name, told, true, line):
    if name == "cow" or (name == "heat" and "missing" in told):
        return False  # verdicts have tests of their own, and say what they rest on
    if isinstance(told, dict) and isinstance(true, dict):
        if name == "kb":
            return any(not kb_known(told[k], true.get(k, 0), told.get("unknown", 0)) for k in told if k != "unknown")
        return any(k not in true or untrue_field(k, told[k], true[k], told) for k in told)
    if name == "flags" and isinstance(true, str) and isinstance(told, str):
        return (int(told, 16) ^ int(true, 16)) & ~IDLE
    if name.endswith("_kb") and isinstance(told, int):
        return name != "unknown_kb" and not kb_known(told, true, line.get("unknown_kb", 0))
    return name not in FREE and not known(told, true)


def untrue(told, true):
    """What a snapshot tells that is not so, held against one in which nothing failed: an unknown is no lie, nor is what is
    said of a process that is torn or left out."""
    if ("end", None, None) not in told:
        yield "it does not end"
    marked = {key[1] for key, line in told.items() if line.get("torn") or key[0] == "skipped"}
    for key, line in true.items():
        if key[0] in ("process", "vma", "region", "page") and key not in told and key[1] not in marked:
            yield f"{key} is left out"
    for key, line in told.items():
        if key[0] not in ("process", "vma", "region", "page") or key[1] in marked:
            continue
        if key not in true:
            yield f"{key} is not there"
            continue
        for name, value in line.items():
            if name in FREE and name != "flags":
                continue
            if name == "flags" and key[0] != "page":
                continue
            if name not in true[key] or untrue_field(name, value, true[key][name], line):
                yield f"{key}: {name} {value!r}, not {true[key].get(name)!r}"


def true_snapshot(shot, calm):
    if shot.returncode < 3:
        yield from (f"{shot}: {finding}" for finding in untrue(records(shot.stdout), records(calm.stdout)))


def leaves(value, path=""):
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path)
    elif path.rsplit(".", 1)[-1] not in FREE - {"unknown"}:
        yield f"{path} {value}"


# What a search that was not complete has counted: whom it tells of is true all the same.
COUNTED = {f".{name}" for name in ("complete", "processes", "looked", "found", "missing", "missing_most", "sharers")}


def true_answer(shot, calm):
    """An answer in JSON that differs says that it does not know, was not let look, or is not complete."""
    if shot.returncode >= 3:
        return
    told, true = (set(leaves([json.loads(line) for line in s.stdout.splitlines()])) for s in (shot, calm))
    wrong = {leaf for leaf in told - true if leaf.split()[0] not in COUNTED} if ".complete False" in told else told - true
    if wrong and not any(re.search("unknown|denied|failed", leaf) for leaf in told - true):
        yield f"{shot}: {sorted(told - true)[:4]}, not {sorted(true - told)[:4]}"


def true_table(shot, calm):
    """A csv of regions: each has its line, and what is known of it is true."""
    if shot.returncode >= 3:
        return
    told, true = ({(row["pid"], row["vma_start"], row["addr"]): row for row in csv.DictReader(io.StringIO(s.stdout.decode()))}
                  for s in (shot, calm))
    if told.keys() != true.keys() and not shot.stderr:
        yield f"{shot}: the lines of {sorted(told.keys() ^ true.keys())[:4]}"
    for key in told.keys() & true.keys():
        for name, value in told[key].items():
            if name not in ("time", "seq", "how") and value not in ("", "unknown") and not known(value, true[key][name]):
                yield f"{shot}: {key}: {name} {value!r}, not {true[key][name]!r}"


def samples(text):
    """{name and labels: value} of what OpenMetrics tell of processes."""
    lines = (line.rpartition(" ") for line in text.decode().splitlines() if line.startswith("thpscope_process"))
    return {key: float(value) for key, _, value in lines}


def true_metrics(shot, calm):
    """A sum may lack what is told as unknown; what is not known at all is left out."""
    if shot.returncode >= 3:
        return
    told, true = samples(shot.stdout), samples(calm.stdout)
    if told.get('thpscope_processes{told="each"}') == 0:
        return
    for key, value in told.items():
        lack = [v for k, v in told.items() if 'unknown"' in k and k.partition("{")[0] == key.partition("{")[0]]
        if 'unknown"' not in key and not value <= true.get(key, -1) <= value + sum(lack):
            yield f"{shot}: {key} {value}, not {true.get(key)}"


def same_verdict(shot, calm):
    """What is asked with a status as the answer is answered so, or not at all."""
    if shot.returncode not in (calm.returncode, 3, 4, 5, 6, 7):
        yield f"{shot}: the answer is {calm.returncode}"


def words(text):
    """What a text for people tells, without what a clock says, which of two ways told a mapping, and the machine's knobs and
    free memory, which others turn and take."""
    text = re.sub(r"^(THP|free) .*\n(?:  .*\n)*", "", text.decode(errors="replace"), flags=re.M)
    text = re.sub(r"\b(always|never|deny|force|inherit|(m?ad|within_|defer)\w*|max_ptes_none \d+)\b,?", "", text)
    return set(re.sub(r"pagemap_scan|smaps|\d\d:\d\d:\d\d(\.\d+Z)?|[\d.]+ m?s\b", "", text).split())


def true_text(shot, calm):
    """A text for people tells nothing else than the true one; or it says what is unknown."""
    more = words(shot.stdout) - words(calm.stdout)
    unknown = (len(re.findall(b"unknown|torn|missing|not compared", s.stdout + s.stderr)) for s in (calm, shot))
    if shot.returncode < 3 and more and not operator.lt(*unknown):
        yield f"{shot}: {sorted(more)[:12]}"


def true_drawing(shot, calm):
    """The same of what a picture or a page says; where in it moves with what is left out."""
    said = [copy.copy(s) for s in (shot, calm)]
    for each in said:
        each.stdout = re.sub(b"^ +", b"", re.sub(b"<[^>]*>", b" ", each.stdout), flags=re.M)
    yield from true_text(*said)


def sweep(shooter, argv, groups=CALLS, *judges, before=lambda: None, after=lambda shot: (), calm_status=(0, 1), most=None, bound=BOUND,
          **options):
    """Fails one call after another of a run, and holds each against the run in which none did."""
    chance = random.Random(SEED)
    findings = []
    for _ in range(TRIES):
        before()
        calm = shooter.run(argv, **options)
        findings += after(calm)
        if calm.returncode != 5 or b"try again" not in calm.stderr:  # a process did not stop soon enough
            break
    findings += [] if calm.returncode in calm_status else [f"unfailed: {calm}"]
    struck = collections.Counter()
    few = max((calm.seen[group] for group in groups), default=0) <= bound / len(faults.GROUPS["READ"])
    for group, nth, kind, error in faults.plans(calm.seen, groups, (None if few else bound) if ALL else most or MOST, chance):
        try:
            before()
        except Failed as error:  # what was found until now may be why
            findings.append(f"before {group} {nth}: {error}")
            break
        shot = shooter.run(argv, (group,), nth, kind, error, **options)
        struck[group] += shot.struck > 0
        findings += ended(shot)
        for judge in judges:
            findings += judge(shot, calm)
        findings += after(shot)
    findings += (f"{argv[1:]}: still there: {process}" for process in shooter.left())
    print(f"# {' '.join(map(str, argv[1:3]))}: {sum(struck.values())} faults ({', '.join(f'{g} {n}' for g, n in struck.items())}), "
          f"seed {SEED}", flush=True)
    no_findings(findings)
    check(struck, f"nothing failed: {calm}")
    return calm
