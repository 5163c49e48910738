/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files of page/ as texts, each with a NUL behind it. The Makefile makes
 * them: page_html is page/index.html, and so on by the names' ends.
 */
#ifndef PCSC_MONITOR_PAGE_H
#define PCSC_MONITOR_PAGE_H

extern const unsigned char page_html[], page_css[], page_js[];

#endif
