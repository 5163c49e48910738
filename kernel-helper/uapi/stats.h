/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The lines of /sys/bus/pci/pcsc/stats, "NAME: VALUE" with a unit behind it, in
 * the order in which they are printed. The names stand here and nowhere else in
 * C; tests/unit/names.sh holds the scripts against this list. The first
 * thirteen are the RFC's, and so are those of what a kexec brought over.
 */
#ifndef _UAPI_PCSC_STATS_H
#define _UAPI_PCSC_STATS_H

#define PCSC_STATS(X)                                                        \
	X(HITS, "Cache Hits", "")                                            \
	X(MISSES, "Cache Misses", "")                                        \
	X(UNCACHABLE, "Uncachable Reads", "")                                \
	X(WRITES, "Writes", "")                                              \
	X(INVALIDATIONS, "Cache Invalidations", "")                          \
	X(RESETS, "Device Resets", "")                                       \
	X(READS, "Total Reads", "")                                          \
	X(HARDWARE_READS, "Hardware Reads", "")                              \
	X(HIT_RATE, "Hit Rate", "%")                                         \
	X(CACHE_TIME, "Total Cache Access Time", " us")                      \
	X(LOOKUP_TIME, "Cache Access Time (without HW reads due to Misses)", \
	  " us")                                                             \
	X(MISS_TIME, "HW Access Time due to misses", " us")                  \
	X(HARDWARE_TIME, "Total Hardware Access Time", " us")                \
	X(RESTORED, "Restored Devices", "")                                  \
	X(RESTORE_TIME, "Total Restore Time", " us")                         \
	X(RESTORED_ENTRIES, "Hashtable Initial Entries", "")                 \
	X(RESTORE_BUILD_TIME, "Hashtable Build Time", " us")                 \
	X(REFUSED, "Refused Lines", "")                                      \
	X(WAITING, "Waiting Lines", "")                                      \
	X(WOULD_BE_HITS, "Would-be Hits", "")                                \
	X(SHADOW_READS, "Shadow Reads", "")                                  \
	X(VERIFIED, "Verified Hits", "")                                     \
	X(SIBLING_HITS, "Sibling Hits", "")                                  \
	X(BYPASSED, "Bypassed Reads", "")                                    \
	X(FILLS, "Fills", "")                                                \
	X(MISMATCHES, "Mismatches", "")                                      \
	X(DEMOTED, "Demoted Bytes", "")                                      \
	X(TEMPLATES_DROPPED, "Dropped Templates", "")                        \
	X(WALK_READS, "Walk Reads", "")                                      \
	X(IDENTITY_READS, "Identity Reads", "")                              \
	X(POPULATE_READS, "Populate Reads", "")                              \
	X(SCRUB_READS, "Scrub Reads", "")                                    \
	X(MISMATCHED, "Mismatched Registers", "")                            \
	X(MISMATCHES_LOST, "Mismatches Not Passed On", "")                   \
	X(QUARANTINED, "Quarantined Functions", "")                          \
	X(HOOKS_MISSING, "Missing Hooks", "")                                \
	X(HOOKS_MISSED, "Missed Hook Calls", "")                             \
	X(UNLISTED_READS, "Unlisted Reads", "")                              \
	X(UNLISTED_HITS, "Unlisted Hits", "")                                \
	X(ENUMERATION_READS, "Enumeration Reads", "")                        \
	X(ENUMERATION_HITS, "Enumeration Hits", "")                          \
	X(KERNEL_READS, "Kernel Reads", "")                                  \
	X(KERNEL_HITS, "Kernel Hits", "")                                    \
	X(USER_READS, "User Driver Reads", "")                               \
	X(USER_HITS, "User Driver Hits", "")

#define PCSC_STAT_SYMBOL(symbol, name, unit) PCSC_STAT_##symbol,
#define PCSC_STAT_NAME(symbol, name, unit) [PCSC_STAT_##symbol] = name,
#define PCSC_STAT_UNIT(symbol, name, unit) [PCSC_STAT_##symbol] = unit,

/* Which line. The numbers are no contract: the names are. */
enum pcsc_stat {
	PCSC_STAT_NONE,
	PCSC_STATS(PCSC_STAT_SYMBOL) PCSC_STATS_END,
};

/* Above the lines of what a kexec brought over, which are indented. */
#define PCSC_STAT_RESTORE_HEADING "KHO Restore Statistics"

#endif
