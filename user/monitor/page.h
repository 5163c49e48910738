/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files of page/ and of the shared user/page/, and dygraphs as Debian's package
 * has it, as texts, each with a NUL behind it, which the Makefile makes.
 */
#ifndef PCSC_MONITOR_PAGE_H
#define PCSC_MONITOR_PAGE_H

extern const unsigned char page_index_html[], page_live_css[], page_live_js[],
	page_ask_js[], page_chart_js[], page_past_js[], page_counters_js[],
	page_palette_css[], page_base_css[], page_dygraph_min_js[],
	page_dygraph_min_css[], page_key_js[], page_functions_js[],
	page_slices_js[], page_table_js[], page_map_js[], page_attention_js[],
	page_events_js[], page_heaviest_js[], page_update_js[],
	page_detail_js[], page_latency_js[], page_measured_js[],
	page_words_js[], page_detail_css[], page_map_css[], page_space_js[],
	page_space_css[], page_space_grid_js[];

#endif
