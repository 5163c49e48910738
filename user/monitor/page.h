/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files of page/ and of the shared user/page/, and dygraphs as Debian's package
 * has it, as texts, each with a NUL behind it, which the Makefile makes.
 */
#ifndef PCSC_MONITOR_PAGE_H
#define PCSC_MONITOR_PAGE_H

extern const unsigned char page_index_html[], page_live_css[], page_live_js[],
	page_chart_js[], page_past_js[], page_counters_js[], page_palette_css[],
	page_base_css[], page_dygraph_min_js[], page_dygraph_min_css[];

#endif
