# SPDX-License-Identifier: GPL-2.0-or-later
"""A second opinion on a live process, by other code than thpscope's: its own PAGEMAP_SCAN, its own reading of
maps, smaps, pagemap, kpageflags and kpagecount, its own idea of what a region is.
"""
import collections
import ctypes
import errno
import fcntl
import functools
import os
import re
import struct

import capability
from layout import PAGE, PMD

PAGEMAP_SCAN = 0xC0606610
FILE, PRESENT, SWAPPED, ZERO, HUGE = 4, 8, 0x10, 0x20, 0x40
KPF_ANON, KPF_HEAD, KPF_TAIL, KPF_THP, KPF_ZERO = 1 << 12, 1 << 15, 1 << 16, 1 << 22, 1 << 24
PFN = (1 << 55) - 1
VSYSCALL = 0xffffffffff600000


class Vma:
    """One VMA of smaps: fields in kB by name, flags as a set; hugetlb page size or 0."""

    def __init__(self, line):
        span, self.perms, _, _, _, *name = line.split(None, 5)
        self.start, self.end = (int(x, 16) for x in span.split("-"))
        self.name = name[0] if name else ""
        self.kb, self.flags = {}, set()

    @property
    def hugetlb(self):
        return self.kb.get("KernelPageSize", 0) * 1024 if "ht" in self.flags else 0


def read_smaps(pid):
    vmas = []
    with open(f"/proc/{pid}/smaps", errors="surrogateescape", newline="\n") as file:
        for line in file:
            found = re.match(r"(\w+): +(\d+) kB$", line)
            if found:
                vmas[-1].kb[found.group(1)] = int(found.group(2))
            elif line.startswith("VmFlags:"):
                vmas[-1].flags = set(line.split()[1:])
            elif re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
                vmas.append(Vma(line.rstrip("\n")))
    return vmas


def scan(pagemap, start, end):
    """[(start, end, categories)] of what is there; None where the kernel will not walk (vsyscall)."""
    room, found = 1024, []
    vec = (ctypes.c_uint64 * (3 * room))()
    everything = FILE | PRESENT | SWAPPED | ZERO | HUGE
    while start < end:
        arg = bytearray(struct.pack("12Q", 96, 0, start, end, 0, ctypes.addressof(vec), room, 0, 0, 0,
                                    PRESENT | SWAPPED | HUGE, everything))
        try:
            n = fcntl.ioctl(pagemap, PAGEMAP_SCAN, arg)
        except OSError as error:
            if error.errno == errno.EFAULT:
                return None
            raise
        walked = struct.unpack("12Q", arg)[4]
        runs = [tuple(vec[3 * i:3 * i + 3]) for i in range(n)]
        found += runs
        # walk_end may lag behind what was returned (Linux 6.12, 6.18): go on from the later of both.
        start = max(walked, runs[-1][1] if runs else 0)
        if n < room:
            break
    return found


class Region:
    """What a slot, or the part of it that a VMA covers, holds: counted from the runs of a scan."""

    def __init__(self, vma, start, end):
        self.vma, self.start, self.end = vma, start, end
        self.present = self.swapped = self.zero = self.huge = self.huge_swapped = 0
        self.undecided = False  # whether by PMD or by ptes: smaps does not tell them apart

    def add(self, pages, categories):
        if categories & PRESENT:
            self.present += pages
            self.zero += pages * bool(categories & ZERO)
            self.huge += pages * bool(categories & HUGE)
        elif categories & SWAPPED:
            self.swapped += pages
            self.huge_swapped += pages * bool(categories & HUGE)

    @property
    def mapping(self):
        if self.vma.hugetlb:
            sizes = {PMD: "pmd", 1 << 30: "pud"}
            return sizes.get(self.vma.hugetlb, "pte") if self.present or self.swapped else "none"
        if self.undecided:
            return "unknown"
        if self.huge or self.huge_swapped:
            return "pmd"
        return "pte" if self.present or self.swapped else "none"


def regions(pid, vmas):
    """{start: Region} of all that holds anything: by PAGEMAP_SCAN, else as far as smaps and pagemap tell."""
    found = regions_scanned(pid, vmas) if capability.have("pagemap_scan") else regions_counted(pid, vmas)
    return {start: region for start, region in found.items() if region.mapping != "none"}


def regions_counted(pid, vmas):
    """Where whole THPs lie in a VMA, smaps says how many of them are mapped by PMD: all, none, or it is not known."""
    found, frames = {}, Frames()
    for vma in vmas:
        if vma.start == VSYSCALL:
            continue
        whole = []
        for slot in range(vma.start // PMD * PMD, vma.end, PMD):
            start, stop = max(slot, vma.start), min(slot + PMD, vma.end)
            data = pagemap_bytes(pid, start, stop)
            if not any(data):
                continue
            region = found[start] = Region(vma, start, stop)
            pfns = []
            for word in struct.unpack(f"{len(data) // 8}Q", data):
                if word >> 63:
                    pfns.append(word & PFN)
                    region.add(1, PRESENT)
                elif word >> 62 & 1:
                    region.add(1, SWAPPED)
            flags = [frames.flags(pfn) for pfn in pfns]
            region.zero = sum(f & KPF_ZERO != 0 for f in flags)
            if len(pfns) == PMD // PAGE and pfns == list(range(pfns[0], pfns[0] + len(pfns))) \
                    and pfns[0] % len(pfns) == 0 and all(f & KPF_THP for f in flags):
                if region.zero:
                    region.huge = region.zero  # the huge zero page has no other way
                else:
                    whole.append(region)
        huge = sum(vma.kb.get(key, 0) for key in ("AnonHugePages", "ShmemPmdMapped", "FilePmdMapped")) * 1024 // PMD
        for region in whole:
            region.huge = region.present if huge == len(whole) else 0
            region.undecided = 0 < huge < len(whole)
    frames.close()
    return found


def regions_scanned(pid, vmas):
    found = {}
    with open(f"/proc/{pid}/pagemap", "rb", buffering=0) as pagemap:
        for vma in vmas:
            for start, end, categories in scan(pagemap, vma.start, vma.end) or ():
                while start < end:
                    slot = max(start // PMD * PMD, vma.start)
                    stop = min((start // PMD + 1) * PMD, vma.end)
                    region = found.setdefault(slot, Region(vma, slot, stop))
                    region.add((min(end, stop) - start) // PAGE, categories)
                    start = min(end, stop)
    return found


class Frames:
    """kpageflags and kpagecount, cached for the length of one comparison; folios found by their flags."""

    def __init__(self):
        self.flags_file = os.open("/proc/kpageflags", os.O_RDONLY)
        self.count_file = os.open("/proc/kpagecount", os.O_RDONLY)
        self.words = functools.lru_cache(None)(self._words)

    def close(self):
        os.close(self.flags_file)
        os.close(self.count_file)

    def _words(self, fd, block):
        data = os.pread(fd, 4096, block * 4096)
        return struct.unpack(f"{len(data) // 8}Q", data)

    def flags(self, pfn):
        return self.words(self.flags_file, pfn // 512)[pfn % 512]

    def count(self, pfn):
        return self.words(self.count_file, pfn // 512)[pfn % 512]

    def folio(self, pfn):
        """(head, order), walking page by page."""
        head = pfn
        while self.flags(head) & KPF_TAIL:
            head -= 1
        if not self.flags(head) & KPF_HEAD:
            return pfn, 0
        size = 1
        while self.flags(head + size) & KPF_TAIL:
            size += 1
        return head, size.bit_length() - 1


def pagemap_bytes(pid, start, end):
    with open(f"/proc/{pid}/pagemap", "rb", buffering=0) as file:
        file.seek(start // PAGE * 8)
        return file.read((end - start) // PAGE * 8)


def pagemap_words(pid, start, end):
    data = pagemap_bytes(pid, start, end)
    return struct.unpack(f"{len(data) // 8}Q", data)


def backing(pid, region, frames):
    """The word for what is behind a region, from each of its pages."""
    if region.vma.hugetlb:
        return "hugetlb"
    kinds, whole, zero = set(), 0, False
    for index, word in enumerate(pagemap_words(pid, region.start, region.end)):
        if word >> 63 & 1:
            pfn = word & PFN
            if frames.flags(pfn) & KPF_ZERO:
                zero = True  # counts only where nothing else is
                continue
            head, order = frames.folio(pfn)
            if order == 0:
                kinds.add("small")
            elif not frames.flags(pfn) & KPF_THP:
                return "unknown"  # a driver's
            elif 1 << order < PMD // PAGE:
                kinds.add("mthp")
            else:
                aligned = pfn - head == index + (region.start % PMD) // PAGE
                whole += aligned and 1 << order == PMD // PAGE
                kinds.add("thp-partial")
        elif word >> 62 & 1 and not word >> 58 & 1:
            kinds.add("swap")
    if whole == PMD // PAGE:
        return "thp"
    if len(kinds) > 1:
        return "mixed"
    return kinds.pop() if kinds else "zero" if zero else "none"


class Mappings:
    """How often a family maps each frame, counted in its page tables: by pte, and by PMD for each 512 frames."""

    def __init__(self, opinion, aliases, frames):
        self.pages, self.ptes, self.pmds = {}, collections.Counter(), collections.Counter()
        for pid, (_, regions) in opinion.items():
            for addr, region in regions.items():
                words = pagemap_words(pid, region.start, region.end)
                pfns = [word & PFN for word in words if word >> 63 & 1]
                self.pages[pid, addr] = pfns = [pfn for pfn in pfns if not frames.flags(pfn) & KPF_ZERO]
                if pid in aliases or region.vma.hugetlb or not pfns:
                    continue
                if region.mapping == "pmd":
                    self.pmds[pfns[0] // (PMD // PAGE)] += 1
                else:
                    self.ptes.update(pfns)

    def counts(self, pid, addr, line):
        """(entire, highest, total) of what a region maps; the total of all of the folio, if it is one."""
        pfns = self.pages[pid, addr]
        blocks = {pfn // (PMD // PAGE): self.pmds[pfn // (PMD // PAGE)] for pfn in pfns}
        highest = max(self.ptes[pfn] + blocks[pfn // (PMD // PAGE)] for pfn in pfns)
        if "pfn" in line and line.get("order"):
            head = int(line["pfn"], 16)
            pfns = range(head, head + (1 << line["order"]))
        return max(blocks.values()), highest, sum(blocks.values()) + sum(self.ptes[pfn] for pfn in pfns)
