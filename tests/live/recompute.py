# SPDX-License-Identifier: GPL-2.0-or-later
"""A snapshot against itself: each region line from its page lines, each total from its regions."""
from independent import KPF_ANON


def wrong_pages(seen, areas=None):
    """Each region line recomputed from its page lines. `areas`: {name: [start, size]} of what nobody else maps or leaves
    meanwhile, all if it is None: bit 56 of the others' pages was read before their counts were.
    """
    pages = {}
    starts = sorted(seen.regions)
    at = 0
    for key in sorted(seen.pages):
        while at + 1 < len(starts) and starts[at + 1] <= key:
            at += 1
        pages.setdefault(starts[at], []).append(seen.pages[key])
    for key, region in seen.regions.items():
        rows = pages.get(key, [])
        zero = region["backing"] == "zero"
        present = [r for r in rows if int(r["pagemap"], 16) >> 63]
        # Nobody counts the zero page's mappings: it is neither in `highest` nor in `total`.
        counts = [r["mapcount"] for r in present if "mapcount" in r and not int(r.get("flags", "0"), 16) >> 24 & 1]
        told = region.get("mapcount", {})
        want = {"present": len(present), "swapped": sum(r.get("swapped", False) for r in rows),
                "guard": sum(r.get("guard", False) for r in rows)}
        got = {k: region.get(k, 0) for k in want}
        if "anon" in region:
            want["file"] = sum(int(r["pagemap"], 16) >> 61 & 1 for r in present)
            want["anon"] = len(present) - want["file"]
            got |= {k: region[k] for k in ("anon", "file")}
            # A zero page is neither to kpageflags; bit 61 calls the huge one a file page.
            flags = [int(r["flags"], 16) for r in present if "flags" in r]
            anon = sum(bool(f & KPF_ANON) for f in flags if not f >> 24 & 1)
            if flags and not zero and anon + sum(f >> 24 & 1 for f in flags) != region["anon"]:
                yield f"{key[0]} {key[1]:#x}: anon {region['anon']}, kpageflags says {anon}"
        if counts and len(counts) == len(present) - region.get("zero", 0) and not zero and region["backing"] != "hugetlb":
            once = sum(c == 1 for c in counts)
            want["exclusive"], got["exclusive"] = once, region.get("exclusive")
            if region["mapping"] == "pte":  # it is by bit 56, as are all counts where every page has it
                want["exclusive"] = sum(int(r["pagemap"], 16) >> 56 & 1 for r in present)
                if areas is None or any(start <= key[1] < start + size for start, size in areas.values()):
                    want["once"], got["once"] = once, want["exclusive"]
                elif want["exclusive"] == len(counts):
                    counts = [1] * len(counts)
            want["highest"], got["highest"] = max(counts), told.get("highest")
            # (Of a folio that it maps a part of, the other pages are no lines of its.)
            if "total" in told and not ("pfn" in region and len(counts) < 1 << region.get("order", 0)):
                shared = len(counts) if region["backing"] in ("thp", "thp-partial", "team") else 0
                if region["backing"] != "mixed" or told["entire"] == 0:
                    want["total"] = sum(counts) - max(0, shared - 1) * told["entire"]
                    got["total"] = told["total"]
        if got != want:
            yield f"{key[0]} {key[1]:#x} {region['backing']}: the line says {got}, its pages {want}"


def wrong_totals(seen):
    for pid, process in seen.processes.items():
        regions = [r for (p, _), r in seen.regions.items() if p == pid]
        vmas = [v for (p, _), v in seen.vmas.items() if p == pid]
        for name in ("present", "pmd", "swap"):
            got, want = process["kb"][name], sum(v.get(f"{name}_kb", 0) for v in vmas)
            if got != want:
                yield f"{pid}: kb.{name} {got}, its VMAs have {want}"
        for name, state in (("pmd_mapped", "pmd-mapped"), ("pte_mapped", "pte-mapped"), ("hugetlb", "hugetlb")):
            got = process["totals"][name]
            want = sum(r["state"] == state and "len" not in r for r in regions)
            if got != want:
                yield f"{pid}: totals.{name} {got}, there are {want} such regions"
        t = process["totals"]
        states = ("empty", "pte_mapped", "pmd_mapped", "team", "hugetlb", "unknown")
        if t["regions"] != sum(t[k] for k in states):
            yield f"{pid}: totals {t} do not add up"
    if seen.end["regions"] != len(seen.regions):
        yield f"end says {seen.end['regions']} regions, there are {len(seen.regions)}"
