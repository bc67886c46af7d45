# SPDX-License-Identifier: GPL-2.0-or-later
"""What holds of every region line, whatever the process did while it was looked at."""
import json

from layout import PAGE, PMD

PMD_BACKINGS = ("thp", "zero", "hugetlb", "team", "unknown")


def broken(region):
    """The rules that a region line breaks, in words."""
    if region["mapping"] == "unknown" and "present" not in region:
        return
    told, present, zero = region.get("mapcount", {}), region["present"], region.get("zero", 0)
    entire, highest, total = (told.get(name) for name in ("entire", "highest", "total"))
    pmd, pages = region["mapping"] == "pmd", PMD // PAGE
    if pmd and region["backing"] not in PMD_BACKINGS:
        yield f"mapped by PMD, but {region['backing']}"
    # A PMD on the move holds no memory, and 512 entries that are no swap.
    if pmd and present != pages and (present or region.get("nonswap") != pages):
        yield f"mapped by PMD, but {present} pages"
    if region["backing"] == "thp" and present != pages and not (pmd and region.get("nonswap") == pages):
        yield f"a whole THP of {present} pages"
    if pmd and region["backing"] == "thp" and entire is not None and entire < 1:
        yield f"mapped by PMD, but entire is {entire}"
    if pmd and region["backing"] == "thp" and region.get("file") == pages and "pfn" not in region:
        yield "a THP of a file without a frame"
    if highest is not None and highest < 1 and present > zero:
        yield f"mapped, but highest is {highest}"
    if None not in (entire, highest) and entire > highest:
        yield "entire is more than highest"
    if None not in (total, highest) and total < highest:
        yield "total is less than highest"
    if total is not None and region["mapping"] == "pte" and total < present - zero:
        yield f"total is {total}, but {present - zero} pages are mapped"
    if region.get("exclusive", 0) > present or zero > present:
        yield "more pages exclusive or zero than there are"
    if "anon" in region and region["anon"] + region["file"] != present:
        yield "anon and file do not add up to present"


def wrong_lines(seen):
    """Each rule broken, with the line that breaks it."""
    for region in seen.regions.values():
        for rule in broken(region):
            yield f"{rule}: {json.dumps(region)}"
