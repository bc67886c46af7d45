/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The glossary. */
#include "ui/help_text.h"

#include "ui/theme.h"

const struct help_word help_words[] = {
	{"page", "The smallest piece of memory that is mapped: 4 KiB on most machines."},
	{"slot",
	 "A range of addresses that one PMD entry covers, 2 MiB on x86-64: what a huge page can take."},
	{"region", "One slot of one mapping: a cell of the map."},
	{"zoom", "+ and - change how many regions a cell stands for; of several it shows the one that is "
		 "furthest from huge."},
	{"fragment", "A region that its mapping covers only in part. It can never be huge."},
	{"subpage", "One of the pages of a region, counted from 0: number 2 is the third."},
	{"VMA", "A mapping: a range of addresses with one purpose, a line of /proc/PID/maps."},
	{"folio", "Memory that the kernel handles as one: a page, or 2, 4, 8 … pages in a row."},
	{"order", "The size of a folio: 2 to the power of it, in pages. 9 is 2 MiB of 4 KiB pages."},
	{"PFN", "Page frame number: which page of the machine's memory."},
	{"THP", "Transparent huge page: a folio of PMD size."},
	{"pte-mapped THP",
	 "A THP that is mapped page by page: the memory is there, the huge mapping is not."},
	{"mTHP", "A larger folio below that size."},
	{"partial", "Of a pte-mapped THP a part alone, or one that does not lie on the slot's bounds."},
	{"sparse", "Small pages that fill less than half of a region."},
	{"hugetlb", "Huge pages that were set aside before and asked for by name."},
	{"PMD, PTE", "Two levels of the page table. A PTE maps one page; a PMD entry leads to a table of "
		     "PTEs, or, as a huge "
		     "leaf, maps the whole slot at once. Above are PUD and PGD."},
	{"mapping", "What the page table holds for a region:"},
	{"  none", "nothing."},
	{"  pte", "an entry for each page, swapped ones too."},
	{"  pmd", "one entry for all of it: this is what huge means here."},
	{"  pud", "one entry for 1 GiB of hugetlb."},
	{"  unknown", "the kernel does not tell."},
	{"backing", "What memory is behind it:"},
	{"  none", "nothing."},
	{"  small", "single pages."},
	{"  mthp", "folios larger than a page and smaller than a PMD."},
	{"  thp", "one whole folio of PMD size, also where it is a pte-mapped THP."},
	{"  thp-partial", "a part of such a folio, or one that does not lie on the slot's bounds."},
	{"  team",
	 "a page team (kernels with that patch): 512 small pages side by side, each with a life of its "
	 "own, which one PMD entry can map."},
	{"  hugetlb", "a page of hugetlb."},
	{"  zero", "the zero page: read, and never written."},
	{"  swap", "swapped out."},
	{"  mixed", "several of these."},
	{"  unknown", "who is not root sees no page frames."},
	{"state", "What the cell shows: empty, pte-mapped, pmd-mapped, team, hugetlb, unknown."},
	{"mapcount",
	 "How many times a page is mapped, in all processes together. Of a region three numbers:"},
	{"  entire", "how often its folio is mapped as a whole, by PMD;"},
	{"  highest", "the highest mapcount of any of its subpages;"},
	{"  total", "all mappings of all of them, one by PMD counting once."},
	{"usage",
	 "Of a page team: its pages, and the PMD entries that map it, in one number (team_usage): 513 is "
	 "512 pages and 1 PMD map."},
	{"DOUBLEMAP",
	 "A page's flag: mapped by PMD and by PTEs at the same time; of files it may outlive the PTEs. "
	 "TEAM_PMD: by PMD somewhere."},
	{"exclusive", "Pages that are mapped once."},
	{"write",
	 "What a write would do now: reuse the page, copy it (\"split\": the PMD mapping is split "
	 "first), or it depends on what cannot be seen, mostly on references. c shows other kernels' rules."},
	{"rule", "What a write does differs between kernels. \"since 6.15\": this kernel decides as all from "
		 "that release on; \"as in 4.5.0\" (c): as that one would."},
	{"references",
	 "What else holds a page: a pipe, a device, a CPU's batch. User space does not see them."},
	{"anon-exclusive", "Memory that no other process can have (Linux 5.19): a write reuses it."},
	{"walk", "How an address is found: its bits choose an entry at each level. Seen is what the kernel "
		 "says; inferred "
		 "is what follows from it."},
	{"VmPTE", "The memory that a process's page tables take, those in reserve too."},
	{"guard", "A marker that makes an access a fault (MADV_GUARD_INSTALL)."},
	{"eligible",
	 "Whether the kernel makes huge pages in this mapping by itself (e asks). Not eligible: C may still "
	 "have one made. nohugepage: madvise forbade it, to C as well."},
	{"khugepaged",
	 "The kernel's thread; small pages that it collapsed into huge ones, +3 since you look."},
	{"queue", "khugepaged's, of each process: where a huge page is still mapped by PTEs, and the table "
		  "could not be "
		  "taken away. It comes back; there are 8 places (Linux 5.4 to 6.5)."},
	{"2 MiB free", "Free blocks of PMD size: how many huge pages there could be at once."},
	{"22% pmd", "Of the memory that is present, the share that is mapped by PMD."},
	{"HUGE", "In the list of processes: memory mapped by PMD (ANON, SHMEM, FILE) and hugetlb (HTLB). A "
		 "pte-mapped THP is not huge: it is in PTE-THP, whole or in part."},
	{"PMD%", "In the list: of the memory that is present, the share mapped by PMD; never rounded to "
		 "none or all."},
	{"COVERAGE",
	 "All present memory of a process, by the cells above; pte-mapped THPs are one kind, whole or in "
	 "part. What is there has a cell at least, however little it is; \"not yet\": not "
	 "looked at so far."},
	{"10 Hz, 2.5%", "How often you see it anew, and what that costs of one core; at 5% it slows down."},
	{"side by side",
	 "On a wide screen: a process that has the mappings of another, a child or the parent, at the "
	 "same addresses. A click goes to it."},
	{"minimap",
	 "The column right of a long map: all of the process, each cell what most of its regions are; the "
	 "line beside it is what is in sight. A click goes there."},
	{"REC", "What is looked at is being recorded (r), and how large the file is."},
	{"survey", "One look at a process: its mappings, and a summary of each region."},
	{"examine", "To read one region in full, page by page: what the region view shows."},
	{"moment", "The surveys of all watched processes at one tick."},
	{"snapshot", "A moment written down (thpscope snapshot)."},
	{"torn", "The process changed its mappings during the survey; the next one puts it right."},
	{"event",
	 "Something that was triggered, or happened by itself: a collapse, a split, a fork, an exit."},
	{"collapse", "To make one huge page of the small ones of a region (MADV_COLLAPSE, or khugepaged)."},
	{"split",
	 "Of the mapping: a PMD entry becomes a table of PTEs, and the folio stays whole. Of the folio: it "
	 "becomes smaller ones."},
	{"cow", "Copy on write: memory that is shared after a fork is copied for who writes to it."},
	{"counters",
	 "What the CPU or the kernel counts while a process runs (u): events a second, a column a second, "
	 "the newest at the right, below the share of its memory that is mapped by PMD."},
	{"dTLB miss",
	 "A load or store whose address the CPU did not find in its TLB, so that it walked the page table. "
	 "One entry there serves a whole huge page."},
	{"~1.2M/s", "An estimate: several events took turns on too few of the CPU's counters."},
	{"verdict", "The kernel's own word for what came of a collapse, from its tracepoints."},
	{"injected", "The process makes the call itself, stopped for a moment through ptrace."},
	{"sharer", "A process that maps the same folio."},
	{"specimen", "A process of thpscope's own that does what a script says (thpscope demo)."},
	{"script", "Lines of actions for a specimen: thpscope-script(7)."},
	{"not known", "[vvar], [vsyscall] and drivers' memory: what they map, the kernel does not show."},
	{NULL, NULL},
};

const struct help_word help_list_mouse[] = {
	{"click", "go to a process; twice opens its map"},
	{"on a heading", "sort by it; again: the other way round"},
	{"wheel", "move by three processes"},
	{NULL, NULL},
};

const struct help_sign help_signs[] = {
	{"1", STYLE_PAGE_ONCE, "mapped once (0: a page that is not counted, as the zero page)"},
	{"2", STYLE_PAGE_TWICE, "mapped twice"},
	{"3", STYLE_PAGE_FEW, "3 to 9 times"},
	{"+", STYLE_PAGE_MANY, "10 times and more"},
	{"?", STYLE_PAGE_UNKNOWN, "present, mapcount not known"},
	{"·", STYLE_PAGE_NONE, "nothing mapped"},
	{"s", STYLE_PAGE_ABSENT, "swapped out"},
	{"g", STYLE_PAGE_ABSENT, "guard marker"},
	{"m", STYLE_PAGE_ABSENT, "migrating, or another marker"},
	{" ", STYLE_PAGE_NONE, "(blank) outside of the mapping: the region is a fragment"},
	{NULL, 0, NULL},
};

const struct help_sign help_marks[] = {
	{"◆", STYLE_WARN, "in place of a cell: it changed a moment ago"},
	{"(", STYLE_DIM, "before or behind a row: the mapping begins or ends inside of a region"},
	{"▸", STYLE_DIM, "a line that stands for several; Enter opens it"},
	{NULL, 0, NULL},
};
