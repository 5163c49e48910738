/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PCSC_MONITOR_PAGE_H
#define PCSC_MONITOR_PAGE_H

extern const char page_html[], page_js[], page_css[];

#endif
