/* SPDX-License-Identifier: GPL-2.0-only */
/* A recording that tests make as they like, and what a report says of it. */
#ifndef PCSC_TEST_REPORTED_H
#define PCSC_TEST_REPORTED_H

#include <pci/pci.h>
#include <stdbool.h>
#include <stddef.h>

#include "trace/report.h"

#define FUNCTIONS 40

/* What make() makes, and tests change. */
extern struct pcsc_rec rec;
extern struct pcsc_rec_function functions[FUNCTIONS];
extern struct pcsc_rec_register registers[FUNCTIONS];
extern struct pcsc_rec_hist hists[FUNCTIONS];
extern struct pcsc_rec_caller callers[2];
extern struct pcsc_rec_use uses[FUNCTIONS];
extern struct pcsc_rec_process process;

/* The options of report(); make() sets them back. */
extern struct pcsc_by by;
extern enum pcsc_sort sort;
extern struct pci_filter filter;
extern bool timeline;
extern enum pcsc_format format;
extern enum pcsc_picture picture;

/* Around the tests of a suite: the file that report() needs. */
int make_file(void **state);
int remove_file(void **state);

/* @nr functions with one register each, that was only read, by one process. 0. */
int make(unsigned int nr);

/* What pcsc_report() prints of @file, in a static buffer. */
const char *report_file(const char *file, unsigned int top, bool json);
/* Of the recording that make() made. */
const char *report(unsigned int top, bool json);

/* The first line, or the @nth one from 0 on, of @text; in a static buffer. */
const char *line(const char *text, unsigned int nth);
/* A report answers in its first ten lines. */
void assert_answer(const char *text, const char *what);

#endif
