# SPDX-License-Identifier: GPL-2.0-or-later
"""What the golden tests share: reading a tree with the program under test, and the layouts' own properties."""
import os
import re
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [os.path.join(HERE, d) for d in ("../lib", "../live", "../fixtures")]
import derive  # noqa: E402
import layouts  # noqa: E402
import live  # noqa: E402
import tap  # noqa: E402
from tap import check, equal  # noqa: E402

PMD = 2 << 20
ONCE = {"entire": 1, "highest": 1, "total": 1}
PTES = {"entire": 0, "highest": 1, "total": 512}


def run(tree, *args, pids=None):
    return tap.thpscope("snapshot", "--root", tree, *(pids or derive.pids(tree)), *args, env={"COLUMNS": "80"})


def read(tree, *args, pids=None):
    """A snapshot of a tree: live.Snapshot, with .stderr."""
    done = run(tree, "--format", "json", *args, pids=pids)
    equal(done.returncode, 0, f"status ({done.stderr.strip()})")
    seen = live.Snapshot(done.stdout)
    seen.stderr = done.stderr
    return seen


def neutral(text):
    """Without what changes from build to build."""
    return re.sub(r'"version":"[^"]*"', '"version":"VERSION"', re.sub(r'"mono_ns":\d+', '"mono_ns":0', text))


def area(seen, at, slots, pid=None):
    """The regions of whole slots from the `at`th slot on of the specimen's areas; None where nothing is told. Areas
    lie in a range of their own, which begins at a fixed address."""
    first = min(a for p, a in seen.vmas if a >= 0x7e0000000000)
    pid = pid or min(seen.processes)
    return [seen.regions.get((pid, first + (at + i) * PMD)) for i in range(slots)]


def holds(region, **want):
    for key, value in want.items():
        got = region.get(key) if region else "nothing is told"
        check(got == value, f"{key} is {got!r}, not {value!r}, of {region}")


def every(regions, **want):
    check(regions, "no region")
    for region in regions:
        holds(region, **want)


def pmd(seen):
    every(area(seen, 0, 4), mapping="pmd", backing="thp", state="pmd-mapped", how="pagemap_scan", present=512,
          order=9, anon=512, exclusive=512, mapcount=ONCE)


def pte_thp(seen):
    every(area(seen, 0, 4), mapping="pte", backing="thp", state="pte-mapped", present=512, order=9, anon=512,
          mapcount=PTES, exclusive=512)


def partial(seen):
    regions = area(seen, 0, 3)
    every(regions, mapping="pte", backing="thp-partial", order=9)
    equal([r["present"] for r in regions], [128, 256, 511], "present")
    for region in regions:
        holds(region, mapcount={"entire": 0, "highest": 1, "total": region["present"]})


def unaligned(seen):
    thp, small = ([r for r in seen.regions.values() if r["backing"] == b and r.get("anon", 0) > 200]
                  for b in ("thp-partial", "small"))
    equal([r.get("len", PMD) >> 10 for r in thp], [1024, 2048, 2048, 2048, 1024], "kB of the moved area's parts")
    every(thp, mapping="pte", state="pte-mapped")
    check(small, "the file mapped askew is not told")
    every(small, mapping="pte", order=0)


def small(seen):
    every(area(seen, 0, 2), mapping="pte", backing="small", present=512, order=0, anon=512, mapcount=PTES)


def sparse(seen):
    regions = {at: r for (_, at), r in seen.regions.items() if 0x7e0000000000 <= at < 0x7f0000000000}
    equal(sorted(r["present"] for r in regions.values()), [1, 1, 16], "pages of the three regions")
    every(regions.values(), mapping="pte", backing="small")
    equal({(a - min(regions)) // PMD for a in regions}, {0, 100, 511}, "their places")


def shmem_family(seen):
    main, kid, other = sorted(seen.processes)
    for slot in (0, 1):
        three = [area(seen, slot, 1, pid)[0] for pid in (main, kid, other)]
        equal([r["mapping"] for r in three], ["pmd", "pte", "pmd"], "how main, kid and other map it")
        every(three, backing="thp", pfn=three[0]["pfn"], file=512, anon=0,
              mapcount={"entire": 2, "highest": 3, "total": 514})


def private_file(seen):
    regions = area(seen, 0, 2)
    every(regions, mapping="pte", present=512)
    equal([(r["anon"], r["file"]) for r in regions], [(16, 496), (1, 511)], "written and read pages")


def hole(seen):
    empty, touched = area(seen, 0, 2)
    check(empty is None, f"the hole is told: {empty}")
    holds(touched, mapping="pmd", backing="thp", mapcount=ONCE)


def fork_cow(seen):
    main, kid = sorted(seen.processes)
    (ours,), (theirs,) = area(seen, 0, 1, main), area(seen, 0, 1, kid)
    holds(ours, mapping="pmd", backing="thp", mapcount={"entire": 1, "highest": 2, "total": 512}, exclusive=1)
    holds(theirs, mapping="pte", backing="mixed", present=512, orders={"0": 1, "9": 511}, exclusive=1)


def punch(seen):
    broken, whole = area(seen, 0, 2)
    check(broken and broken["mapping"] == "pte" and broken["backing"] != "thp", f"the punched one: {broken}")
    check(broken["present"] < 512, "nothing was punched")
    holds(whole, mapping="pmd", backing="thp", file=512, mapcount=ONCE)


def mthp(seen):
    every(area(seen, 0, 2), mapping="pte", backing="mthp", present=512, order=4, mapcount=PTES)


def hugetlb(seen):
    every(area(seen, 0, 2), mapping="pmd", backing="hugetlb", state="hugetlb", present=512, order=9, mapcount=ONCE)
    equal(seen.processes[min(seen.processes)]["kb"]["hugetlb"], 4096, "kb.hugetlb")


def guard(seen):
    first, second = area(seen, 0, 2)
    holds(first, mapping="pte", backing="small", guard=16, present=496, swapped=0)
    holds(second, mapping="pte", backing="small", present=16)
    check(not second.get("guard"), f"guards in the second: {second}")


def guard_first(seen):
    first, second, third = area(seen, 0, 3)
    holds(first, mapping="pte", backing="none", guard=256, present=0, swapped=0)
    holds(second, mapping="pte", backing="small", present=16)
    holds(third, mapping="pte", backing="small", present=512)


def many_vmas(seen):
    vmas = [v for (_, a), v in seen.vmas.items() if 0x7e0000000000 <= a < 0x7f0000000000]
    equal(len(vmas), 18, "VMAs")
    whole = [r for r in seen.regions.values() if "len" not in r]
    every(whole, mapping="pte", backing="small")
    parts = [r for (_, a), r in seen.regions.items() if 0x7e0000000000 <= a < 0x7f0000000000 and "len" in r]
    every(parts, mapping="pte", backing="small")
    equal(sum(r["present"] for r in whole + parts), 9 * 16 + 32 + 32 + 1, "pages that were touched")


def zero(seen):
    huge, hole, thp, _, pages, few, _, alone = area(seen, 0, 8)
    for region in (huge, alone):
        holds(region, mapping="pmd", backing="zero", state="pmd-mapped")
    check(hole is None and "pfn" not in huge and "mapcount" not in huge, f"{hole} {huge}")
    holds(thp, mapping="pmd", backing="thp", mapcount=ONCE)
    holds(pages, mapping="pte", backing="zero", present=512)
    holds(area(seen, 9, 1)[0], mapping="pte", backing="zero", present=16)
    holds(area(seen, 209, 1)[0], mapping="pte", backing="small", present=16)
    holds(few, mapping="pte", backing="small", present=16)
    vma = seen.vmas[huge["pid"], int(huge["addr"], 16)]
    equal((vma["zero_kb"], vma["present_kb"], vma["pmd_kb"]), (2048, 2048, 2048), "kB: zero, present, by PMD")


def mixed_pmd(seen):
    regions = area(seen, 0, 4)
    equal([r["mapping"] for r in regions], ["pmd", "pte", "pmd", "pmd"], "mapping")
    every(regions, backing="thp", order=9, present=512)
    equal([r["mapcount"] for r in regions], [ONCE, PTES, ONCE, ONCE], "mapcounts")


def demo(seen):
    main, kid = sorted(seen.processes)
    told = {(r["mapping"], r["backing"]) for (p, _), r in seen.regions.items() if p == main}
    for kind in (("pmd", "thp"), ("pte", "thp"), ("pte", "thp-partial"), ("pte", "small")):
        check(kind in told, f"{kind} is not among {told}")
    (ours,), (theirs,) = area(seen, 0, 1, main), area(seen, 0, 1, kid)
    equal((ours["mapping"], theirs["mapping"]), ("pmd", "pte"), "shared, by parent and child")
    every((ours, theirs), pfn=ours["pfn"], mapcount={"entire": 1, "highest": 2, "total": 513})


def own_vmas(seen):
    """The areas lie two slots apart; on a kernel without PAGEMAP_SCAN smaps decides each of them."""
    how = "pagemap_scan" if "pagemap_scan" in seen.head["capabilities"] else "smaps"
    regions = [area(seen, 2 * i, 1)[0] for i in range(5)]
    every(regions, how=how)
    equal([(r["mapping"], r["backing"], r["present"]) for r in regions],
          [("pmd", "thp", 512), ("pte", "thp", 512), ("pte", "thp-partial", 128), ("pte", "small", 16),
           ("pmd", "thp", 512)], "the areas")
    every((regions[0], regions[4]), mapcount=ONCE)
    holds(regions[1], mapcount=PTES)


def teams(seen):
    """In the order of the areas: T (two slots), S, A, then D of the parent and P of the child, each aligned with a gap."""
    parent, kid = sorted(seen.processes)
    at = lambda pid, addr, **want: holds(seen.regions.get((pid, 0x7e0000000000 + addr)), **want)
    for slot in (0, PMD):
        at(parent, slot, mapping="pmd", backing="team", state="team", how="pagemap_bit", present=512)
    at(parent, 0, team={"usage": 514, "pmd_maps": 2}, mapcount={"entire": 2, "highest": 3, "total": 514})
    at(kid, 0, mapping="pte", backing="team", how="pagemap_bit", team={"usage": 514, "pmd_maps": 2})
    at(kid, PMD, mapping="pmd", backing="team")
    at(kid, 0xe00000, mapping="pmd", backing="team")
    at(kid, 0x1000000, mapping="pte", backing="mixed", present=512, anon=16)
    at(parent, 0x1400000, mapping="pte", backing="small", present=511)
    at(parent, 0x600000, mapping="pmd", backing="thp")
    equal(seen.processes[kid].get("queue"), ["0x7e0000600000"], "the child's queue")
    equal(seen.processes[kid]["kb"]["unknown"], 0, "kB of unknown backing")


PROPERTY = {"teams": teams, "own-vmas": own_vmas, "demo": demo, "pmd": pmd, "pte-thp": pte_thp, "partial": partial, "unaligned": unaligned, "small": small,
            "sparse": sparse, "shmem-family": shmem_family, "private-file": private_file, "hole": hole,
            "fork-cow": fork_cow, "punch": punch, "mthp": mthp, "hugetlb-2m": hugetlb, "guard": guard,
            "guard-first": guard_first, "many-vmas": many_vmas, "zero": zero, "mixed-pmd": mixed_pmd}
