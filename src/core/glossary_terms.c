/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of words: sizes and page tables, memory, counts, writes, what the kernel does, its locks, the screen's own. */
#include "core/glossary.h"

const struct glossary_term glossary[] = {
	/* page tables */
	{"page", "pages", "The smallest piece of memory that is mapped: 4 KiB on most machines.",
	 "A subpage is a page seen as a part of a region.", "A digit in the grid of a region.", ""},
	{"subpage", "subpages", "One of the pages of a region, counted from 0: number 2 is the third.", "",
	 "The grid of a region shows all of them; the arrow keys choose one.", ""},
	{"slot", "",
	 "A range of addresses that one PMD entry covers, 2 MiB on x86-64: what a huge page can take.",
	 "Other machines have other sizes: 32 MiB with pages of 16 KiB, 512 MiB with pages of 64 KiB.",
	 "A cell of the map, where its mapping covers all of it.", ""},
	{"region", "regions", "One slot of one mapping: a cell of the map.", "", "Enter on a cell opens it.",
	 ""},
	{"fragment", "", "A region that its mapping covers only in part. It can never be huge.", "",
	 "A bracket before or behind a row of cells.", ""},
	{"VMA", "mapping of a process|small mappings",
	 "A range of addresses with one purpose: a line of /proc/PID/maps.", "",
	 "A heading on the map, above its row of cells.", ""},
	{"page table", "page tables|walk",
	 "The tree by which the processor finds the memory behind an address: PGD, PUD, PMD, PTE.",
	 "The bits of an address choose an entry at each level. On the screen seen is what the kernel says; "
	 "inferred "
	 "is what follows from it.",
	 "The line with arrows in a region: PGD, PUD, PMD.", ""},
	{"PTE", "ptes", "An entry of the lowest table: it maps one page.",
	 "512 of them, on x86-64, are a page table's worth.", "mapping pte in a region.", ""},
	{"PMD", "PMDs|PMD entry|pmd leaf",
	 "An entry one level higher: it leads to a table of ptes, or maps the whole slot at once, as a huge "
	 "leaf.",
	 "One entry in place of 512 saves a page table, and lets one entry of the processor's TLB serve 2 "
	 "MiB.",
	 "mapping pmd in a region.", "fork-cow"},
	{"PUD", "", "The entry above a PMD: as a leaf it maps 1 GiB, which here only hugetlb does.", "",
	 "mapping pud in a region.", ""},
	{"pmd-mapped", "pmd|pmd-mapped THP|pmd-mapped, backing not known|pmd unknown",
	 "Mapped by one PMD entry, all of the region at once: this is what huge means here.", "",
	 "A full block on the map.", "fork-cow"},
	{"pte-mapped", "pte|pte-mapped THP|pte-mapped THP, whole|pte-mapped, backing not known|pte unknown",
	 "Mapped page by page. The memory behind it may be a huge page all the same: then only the mapping "
	 "is small.",
	 "A collapse brings it back to one PMD entry.", "A hatched or lighter cell on the map.",
	 "two-splits"},
	{"page table deposit", "deposit|pgtable_trans_huge_deposit",
	 "A page table that is set aside when a PMD maps a huge page, so that a split needs no memory to "
	 "succeed.",
	 "x86-64 keeps one for anonymous memory, and the page teams for theirs.", "", "team-life"},
	{"VmPTE", "", "The memory that a process's page tables take, those in reserve too.", "",
	 "tables in a region.", ""},
	{"none", "nothing mapped|nothing|empty", "Nothing is mapped there: no entry.",
	 "A file may hold memory there all the same.", "A dot on the map.", ""},
	{"unknown", "not known|mapping not known",
	 "The kernel does not tell; a guess is never shown as a fact.",
	 "Who is not root sees no page frames, and so neither backing nor mapcounts.",
	 "A question mark; m tells what is missing, and what would give it.", ""},
	/* memory */
	{"folio", "folios", "Memory that the kernel handles as one: a page, or 2, 4, 8 ... pages in a row.",
	 "The word is of Linux 5.16; before, one said compound page.", "backing in a region.", "two-splits"},
	{"order", "", "The size of a folio: 2 to the power of it, in pages. 9 is 2 MiB of 4 KiB pages.", "",
	 "backing thp, order 9.", ""},
	{"PFN", "pfn|page frame", "Page frame number: which page of the machine's memory.",
	 "The kernel shows it to root only.", "Below the grid, of the subpage under the cursor.", ""},
	{"THP", "transparent huge page|huge page|thp", "Transparent huge page: a folio of PMD size.",
	 "The kernel makes it by itself where the knob enabled and the process's advice allow it.",
	 "A full or hatched cell.", "fork-cow"},
	{"mTHP", "mthp|medium folios", "A larger folio below PMD size. Always mapped by ptes.",
	 "Anonymous ones are since Linux 6.8; each size has a knob hugepages-NkB/enabled.",
	 "A cell of its own shape.", ""},
	{"small pages", "small", "Single pages, of order 0.", "", "A light cell on the map.", ""},
	{"sparse", "small pages, under half of the region",
	 "Small pages that fill less than half of a region.", "", "", ""},
	{"thp-partial", "partial|pte-mapped THP, partial or unaligned",
	 "Of a huge page a part alone, or one that does not lie on the slot's bounds: only ptes can map it.",
	 "", "", ""},
	{"mixed", "mixture|a mixture",
	 "Several kinds of memory in one region: after a write to a shared huge page one small "
	 "page among 511.",
	 "", "", "fork-cow"},
	{"hugetlb", "HTLB", "Huge pages that were set aside before and asked for by name; they are no THPs.",
	 "", "", ""},
	{"zero page", "zero|huge zero page|zeropage",
	 "A page full of zeros that all may share. It was read there, and never written; the first write "
	 "brings memory.",
	 "", "zero in a region.", ""},
	{"swap", "swapped|swapped out|swap entry",
	 "Memory that was written to disk. A swap entry stays in the page table and says where.",
	 "A huge page that is swapped out is 512 swap entries afterwards, so it is not mapped by PMD then.",
	 "", ""},
	{"team", "page team|teams|team, pmd-mapped|team, pte-mapped|pmd team|pte team",
	 "512 small pages side by side, each with a life of its own, which one PMD entry can map.",
	 "The other design of huge pages for files, by Hugh Dickins, 2016; no Linux ever had it. It runs on "
	 "the model "
	 "(4.6-team, 6.1-team) and in the lab.",
	 "Cells with a rim; team in a region.", "team-life"},
	{"team_usage", "usage",
	 "Of a page team: its pages, and the PMD entries that map it, in one number: 513 is 512 "
	 "pages and 1 PMD map.",
	 "More than 512 means: mapped by PMD somewhere.", "usage in a region.", "team-life"},
	{"disband", "",
	 "A team ends: truncation, a hole or an error makes ordinary pages of what is left of it.", "", "",
	 "team-disband"},
	{"guard", "guard marker",
	 "A marker in the page table that makes an access a fault (MADV_GUARD_INSTALL, Linux "
	 "6.13). It is neither memory nor swap.",
	 "", "g in the grid.", ""},
	{"anonymous", "anon",
	 "Memory that belongs to no file: heap, stack. fork shares it, and a write copies it.", "", "",
	 "fork-cow"},
	{"shmem", "memfd|tmpfs",
	 "Memory with a file of its own that several processes can map; a write is seen by all.", "", "",
	 "try-again"},
	/* counts */
	{"page cache", "",
	 "The pages of files that are in memory, each by its place in its file, whether a process maps it or "
	 "not.",
	 "What is mapped nowhere any more is found there by the next fault.", "", "retract-5.4"},
	{"mapcount", "mapcounts", "How many times a page is mapped, in all processes together.",
	 "Of a region there are three numbers: entire, highest, total. kpagecount tells the one of each "
	 "page.",
	 "The digits of the grid; the number in a big cell is the highest.", "counts"},
	{"entire", "", "How often a folio is mapped as a whole, by PMD.",
	 "The kernel does not tell it everywhere; it is shown where what is seen leaves one answer.",
	 "The first of the three mapcounts.", "counts"},
	{"highest", "page_trans_huge_mapcount", "The highest mapcount of any subpage of a region.",
	 "1 means: nobody else maps any of it, and a write may reuse it in place (page_trans_huge_mapcount, "
	 "since Linux 4.5.5).",
	 "The second of the three mapcounts; the number in a big cell.", "counts"},
	{"total", "total_mapcount", "All mappings of all subpages together; one by PMD counts once.", "",
	 "The third of the three mapcounts.", "counts"},
	{"exclusive", "", "Pages that are mapped once, by this process alone.", "", "exclusive in a region.",
	 "fork-cow"},
	{"shared", "", "Mapped more than once: by several processes, or several times by one.", "", "",
	 "fork-cow"},
	{"sharer", "sharers", "A process that maps the same folio.", "", "x lists them.", ""},
	{"references", "reference|page_count",
	 "What else holds a page: a pipe, a device, a CPU's batch. User space does "
	 "not see them, and they can decide whether a write copies.",
	 "", "", "pinned-4.5.0"},
	{"pin", "pinned|FOLL_PIN", "A device's hold on a page: the page has to stay where it is as long.",
	 "4.5.0 copied such a page on a write, and the device went on with the old one.", "", "pinned-4.5.0"},
	/* writes */
	{"cow", "copy on write|copy-on-write",
	 "Copy on write: memory that is shared after a fork is copied for who "
	 "writes to it, and not before.",
	 "", "write in a region: what a write would do now.", "fork-cow"},
	{"copy", "", "The writer gets a page of its own with the same contents.",
	 "Of a huge page that is mapped by PMD: 4 KiB after a split since Linux 5.8, all 2 MiB before.",
	 "write copy.", "cow-today"},
	{"reuse", "", "A write keeps the page where it is: nobody else has it, so nothing has to be copied.",
	 "", "write reuse.", "cow-today"},
	{"AnonExclusive", "anon-exclusive|PageAnonExclusive",
	 "A mark on an anonymous page that no other process can have it: a write reuses it (Linux 5.19).",
	 "fork clears it.", "", "cow-today"},
	{"DOUBLEMAP", "DoubleMap",
	 "A page's flag: mapped by PMD and by ptes at the same time (Linux 4.5 to 6.1).",
	 "Of files it may outlive the ptes.", "Among the flags below the grid.", "counts"},
	{"fork", "", "A process makes a copy of itself. Anonymous memory is shared by both until one writes.",
	 "Files and shmem are not copied into the child's page tables at once: it maps them when it touches "
	 "them.",
	 "F, with the demo's process.", "fork-cow"},
	{"rule", "cow rule",
	 "What a write does differs between kernels. since 6.15: this kernel decides as all from "
	 "that release on.",
	 "c shows what another kernel would do.", "Beside write in a region.", "cow-today"},
	/* what the kernel does */
	{"fault", "page fault",
	 "An access to an address without a fitting entry: the kernel fills it in, or ends the "
	 "process.",
	 "", "", "retract-5.4"},
	{"fault-around", "fault_around_bytes",
	 "A read fault of a file maps the pages around it too, if they are in memory: up to 16 by default, "
	 "on newer kernels all of a large folio.",
	 "So reading one page can map many.", "", ""},
	{"khugepaged", "",
	 "The kernel's thread that looks for small pages which it can collapse into a huge one.",
	 "How fast it is says khugepaged/scan_sleep_millisecs; how many holes it takes max_ptes_none.",
	 "On the second line: what it collapsed so far, +3 since you look.", "try-again"},
	{"collapse", "MADV_COLLAPSE",
	 "To make one huge page of what a region has, mapped by one PMD entry: by khugepaged, or at "
	 "once by MADV_COLLAPSE (Linux 6.1).",
	 "Small pages are copied into a new huge page; of a huge page that is there only the ptes give way.",
	 "C on a region.", "fork-cow"},
	{"collapse_pte_mapped_thp", "",
	 "The huge page of a file is there already: its ptes are checked, and one PMD entry takes "
	 "their place.",
	 "Linux 5.4 clears the PMD, and the next fault maps it.", "", "try-again"},
	{"retract_page_tables", "retract",
	 "After the collapse of a file: takes the page tables away from all who map it, so that "
	 "the next access maps the huge page.",
	 "5.4 only tries for mmap_lock; 6.6 does it without.", "", "retract-5.4"},
	{"pte_mapped_thp", "queue|queued|queued for khugepaged",
	 "Linux 5.4 to 6.5: a list of 8 places in each process where a table could not be taken away. "
	 "khugepaged comes back for them.",
	 "The ninth is dropped.",
	 "Beside a process: 1 of 8 queued for khugepaged, when one of its 8 places is taken. queue in a "
	 "region.",
	 "nine-eight"},
	{"split", "",
	 "Of the mapping: a PMD entry becomes a table of ptes, and the folio stays whole. Of the folio: it "
	 "becomes smaller ones.",
	 "", "S on a region has both.", "two-splits"},
	{"minimap", "",
	 "The column right of a long map: all of the process, each cell what most of its regions are; the "
	 "line beside "
	 "it is what is in sight.",
	 "A click goes there.", "At the right edge of the map.", ""},
	{"side by side", "",
	 "On a wide screen: a process that has the mappings of another, a child or the parent, at the same "
	 "addresses.",
	 "A click goes to it.", "Right of the map.", ""},
	{"REC", "recording", "What is looked at is being recorded, and how large the file is.", "",
	 "In the first line; r starts and stops it.", ""},
	{"counters", "counter",
	 "What the CPU or the kernel counts while a process runs: events a second, a column a second, the "
	 "newest at the "
	 "right, below the share of its memory that is mapped by PMD.",
	 "~1.2M/s is an estimate: several events took turns on too few of the CPU's counters.",
	 "In their pane, u.", ""},
	{"dTLB miss", "dTLB-load-misses|dTLB-store-misses|TLB miss|TLB misses",
	 "A load or store whose address the CPU did not find in its TLB, so that it walked the page table. "
	 "One entry "
	 "there serves a whole huge page.",
	 "", "In the counters' pane, u, where there is a PMU.", ""},
	{"hot", "used most",
	 "Regions that are not huge by how many of their pages were used in a while: which of them to make "
	 "huge first.",
	 "How it is known differs between kernels; the ranking says how.", "In the ranking, b.", ""},
	{"verdict", "scan_result", "The kernel's own word for what came of a collapse, from its tracepoints.",
	 "", "In the events, v.", "gives-up"},
	{"deferred free", "pte_free_defer|RCU|call_rcu",
	 "A page table that was taken away is freed only when nobody can be walking it any more (Linux 6.6).",
	 "", "", "walker"},
	{"eligible", "not eligible|not eligible for more|THPeligible",
	 "Eligible: the kernel makes huge pages in this mapping by itself. Not eligible: a collapse, which "
	 "is "
	 "for once, may still make one; no more is made by itself.",
	 "What is huge already stays. Knobs and advice decide: with enabled madvise the standing wish "
	 "MADV_HUGEPAGE makes a mapping eligible, and a collapse does not.",
	 "In the heading of a mapping; y says why.", ""},
	{"madvise", "advice|nohugepage|hugepage",
	 "How a process tells the kernel what it means to do. MADV_HUGEPAGE wishes for huge pages, "
	 "MADV_NOHUGEPAGE "
	 "forbids them.",
	 "The advice stays with the mapping; MADV_COLLAPSE is a request for once. Since Linux 6.7 "
	 "mmap(MAP_STACK) "
	 "forbids them too, so for threads' stacks.",
	 "", ""},
	{"truncate", "hole-punch|punch",
	 "Memory of a file is given back: what is behind the new end, or a hole in its middle.", "", "",
	 "team-disband"},
	{"userfaultfd", "uffd", "A process answers the page faults of another, or its own.", "", "",
	 "rechecks"},
	{"uffd-wp", "uffd_wp|PTE_UFFD_WP",
	 "userfaultfd watches writes: its mark is in the page table and would be lost "
	 "with it.",
	 "So khugepaged leaves such tables alone.", "", "rechecks"},
	/* how it finds who maps, and locks */
	{"rmap", "reverse mapping", "How the kernel finds from a page all entries that map it.", "", "",
	 "retract-5.4"},
	{"anon_vma", "",
	 "What links an anonymous page to the VMAs that may map it: the rmap of anonymous memory.",
	 "A private mapping of a file gets one with its first write: from then on pages of its own may be in "
	 "it.",
	 "", "anon-vma"},
	{"i_mmap", "i_mmap_rwsem|i_mmap lock",
	 "The tree of all VMAs that map a file: the rmap of file memory, with a lock of its "
	 "own.",
	 "", "", "retract-5.4"},
	{"lock", "locks|holds|waits",
	 "What a task holds while it works on something, so that others wait. Several may hold one for "
	 "reading, "
	 "one alone for writing.",
	 "kid's mmap_lock for writing: whose lock, which one, and for what. page 0x8's lock: of the page "
	 "with "
	 "PFN 0x8.",
	 "In square brackets beside a task, a.", "trylock"},
	{"mmap_lock", "mmap lock|mmap_sem",
	 "A process's lock on its list of mappings: who changes it holds it for write, "
	 "faults hold it for read.",
	 "Until Linux 5.7 it was called mmap_sem.", "Among the locks of a task, a.", "trylock"},
	{"page lock", "lock_page|folio lock",
	 "A bit of a page that says: somebody works on it. Faults of a file take it too.", "",
	 "Among the locks of a task.", "trylock"},
	{"pmd lock", "pte lock|page table lock", "Spinlocks on one table: who changes its entries holds it.",
	 "", "Among the locks of a task.", "retract-6.6"},
	{"trylock", "down_write_trylock|mmap_write_trylock",
	 "To take a lock if it is free, and else to go on without it: whoever does not wait cannot deadlock.",
	 "", "", "trylock"},
	{"deadlock", "", "Tasks that wait for each other in a circle: none of them can ever go on.", "",
	 "The tasks' pane draws the circle.", "without-retract-only-tries"},
	{"task", "tasks",
	 "Of a model: one operation of the kernel, which advances in steps. You choose whose step is next.",
	 "", "a goes there; . makes a step.", "trylock"},
	{"step", "steps",
	 "Of a model: the smallest thing that a task does, such as to take a lock or to set an entry. step "
	 "142: so "
	 "many were made so far.",
	 "12 ahead: so many were taken back, and can be made again.", "On the first line; . makes one.",
	 "trylock"},
	{"schedule", "schedules",
	 "In a script: which tasks of a model take their next steps. fault*: until it ends or waits; "
	 "fault@lock_page: until it stands before that step.",
	 "An order of the steps of all tasks is a schedule, too.", "Behind ▸ done in a lesson.", "trylock"},
	{"hold", "release",
	 "In a script: a lock is taken, and kept until the script releases it. Of a model a task does that, "
	 "and waits meanwhile.",
	 "", "Behind ▸ done in a lesson, and among the tasks, a.", "retract-5.4"},
	{"in order", "by hand|by seed|scheduler",
	 "Of a model: whose step is next. in order: what is triggered runs at once, to its end; by hand: you "
	 "choose; by seed: a number chooses, the same way each time.",
	 "", "On the first line, and above the tasks; o changes it.", ""},
	{"invariant", "violation",
	 "What has to be true after each step: the counts are those of the entries, freed memory is "
	 "mapped nowhere.",
	 "thpscope model explore tries all orders of steps and finds one that breaks it.", "",
	 "without-team-rmap-last"},
	/* the screen's own */
	{"state", "", "What the cell shows: empty, pte-mapped, pmd-mapped, team, hugetlb, unknown.", "", "",
	 ""},
	{"mapping", "", "What the page table holds for a region: none, pte, pmd, pud or unknown.",
	 "Swap entries count as mapped.", "mapping in a region.", "two-splits"},
	{"backing", "",
	 "What memory is behind a region: none, small, mthp, thp, thp-partial, team, hugetlb, zero, swap, "
	 "mixed or unknown.",
	 "", "backing in a region.", "two-splits"},
	{"present", "", "There is memory behind it, not swap and not nothing.", "", "", ""},
	{"zoom", "",
	 "How many regions a cell stands for; of several it shows the one that is furthest from huge.", "",
	 "+ and - change it.", ""},
	{"2 MiB blocks free", "free blocks",
	 "Free memory in blocks of PMD size: how many huge pages there could be at once.", "",
	 "On the second line.", ""},
	{"PMD%", "% pmd",
	 "Of the memory that is present, the share that is mapped by PMD; never rounded to none or all.", "",
	 "On the right of each heading.", ""},
	{"COVERAGE", "",
	 "All present memory of a process, by the cells of the map; pte-mapped THPs are one kind, whole or "
	 "in "
	 "part.",
	 "What is there has a cell at least, however little it is; not yet: not looked at so far.",
	 "In the list of processes.", ""},
	{"HUGE", "ANON|SHMEM|FILE",
	 "In the list of processes: memory mapped by PMD, and hugetlb. A pte-mapped THP is not "
	 "huge: it is in PTE-THP.",
	 "", "", ""},
	{"Hz", "", "How often you see it anew, and what that costs of one core; at 5% it slows down.", "",
	 "On the first line.", ""},
	{"survey", "", "One look at a process: its mappings, and a summary of each region.", "", "", ""},
	{"examine", "", "To read one region in full, page by page: what the region view shows.", "", "", ""},
	{"moment", "", "The surveys of all watched processes at one tick.", "", "", ""},
	{"snapshot", "", "A moment written down (thpscope snapshot).", "", "", ""},
	{"torn", "", "The process changed its mappings during the survey; the next one puts it right.", "",
	 "", ""},
	{"event", "events",
	 "Something that was triggered, or happened by itself: a collapse, a split, a fork, an exit.", "",
	 "v shows them.", ""},
	{"split-folio", "", "An event: a folio became smaller ones, and not its mapping alone.", "", "",
	 "two-splits"},
	{"exec", "", "An event: the process became another program, with new memory.", "", "", ""},
	{"exit", "", "An event: the process ended.", "", "", ""},
	{"lost", "", "Events that came too fast to be read are missing.", "", "", ""},
	{"injected", "", "The process makes the call itself, stopped for a moment through ptrace.", "", "",
	 ""},
	{"specimen", "", "A process of thpscope's own that does what a script says (thpscope demo).", "", "",
	 ""},
	{"script", "", "Lines of actions for a specimen or a model: thpscope-script(7).", "", "", ""},
	{"changed", "◆",
	 "A cell that is drawn as a diamond changed a moment ago; soon it has the shape of what is there "
	 "now.",
	 "", "◆ in place of a cell.", ""},
	{"outcome", "done|▸",
	 "In a lesson: behind ▸ done stand the lines of its script that were carried out, behind ▸ outcome "
	 "what "
	 "differs since.",
	 "", "Below the text of a lesson.", ""},
	{"model", "",
	 "A small kernel's memory management inside of thpscope, in seven generations. Time goes back in it.",
	 "thpscope demo --model 6.18", "model: on the first line.", ""},
	{"lab", "", "Real Linux kernels in a virtual machine, one of them with page teams.", "thpscope lab",
	 "", "team-life-6.1"},
};
const size_t glossary_n = sizeof(glossary) / sizeof(glossary[0]);
