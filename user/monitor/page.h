/* SPDX-License-Identifier: GPL-2.0-only */
/* The files of page/ as texts, each with a NUL behind it, which the Makefile makes. */
#ifndef PCSC_MONITOR_PAGE_H
#define PCSC_MONITOR_PAGE_H

extern const unsigned char page_index_html[], page_live_css[], page_live_js[];

#endif
