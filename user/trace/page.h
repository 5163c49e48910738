/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files of user/page/ and page/ as texts, each with a NUL behind it, and
 * what a content security policy calls them; the Makefile makes both.
 */
#ifndef PCSC_TRACE_PAGE_H
#define PCSC_TRACE_PAGE_H

extern const unsigned char page_palette_css[], page_base_css[],
	page_charts_css[], page_figures_css[], page_report_html[],
	page_report_css[], page_report_js[];
extern const char page_palette_css_sha256[], page_base_css_sha256[],
	page_charts_css_sha256[], page_figures_css_sha256[],
	page_report_css_sha256[], page_report_js_sha256[];

#endif
