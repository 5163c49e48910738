// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "bdf.h"
#include "report.h"

void pcsc_put(char cell[PCSC_TABLE_CELL], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cell, PCSC_TABLE_CELL, fmt, ap);
	va_end(ap);
}

void pcsc_put_count(char cell[PCSC_TABLE_CELL], uint64_t n)
{
	pcsc_put(cell, "%" PRIu64, n);
}

/* Tenths say nothing beside a thousand, hundredths nothing beside ten. */
static int digits(double value)
{
	return value < 9.9995 ? 3 : value < 999.95 ? 1 : 0;
}

void pcsc_put_us(char cell[PCSC_TABLE_CELL], double ns)
{
	pcsc_put(cell, "%.*f", ns < 999950 ? 1 : 0, ns / 1e3);
}

void pcsc_put_ms(char cell[PCSC_TABLE_CELL], double ns)
{
	pcsc_put(cell, "%.*f", digits(ns / 1e6), ns / 1e6);
}

double pcsc_percent(double part, double whole)
{
	return whole > 0 ? 100 * part / whole : 0;
}

void pcsc_put_share(char cell[PCSC_TABLE_CELL], double part, double whole)
{
	pcsc_put(cell, "%.1f", pcsc_percent(part, whole));
}

void pcsc_put_mean(char cell[PCSC_TABLE_CELL], uint64_t ns, uint64_t n)
{
	if (n && ns)
		pcsc_put_us(cell, pcsc_mean(ns, n));
	else
		pcsc_put(cell, "-");
}

void pcsc_put_time(const struct pcsc_summary *s, pcsc_cells cells, int first,
		   uint64_t ns)
{
	pcsc_put_ms(cells[first], ns);
	pcsc_put_share(cells[first + 1], ns, s->all.latency_sum_ns);
}

const char *pcsc_time(double ns, char buf[static PCSC_TIME_SIZE])
{
	static const struct {
		double ns;
		const char *unit;
	} units[] = { { 1e9, "s" }, { 1e6, "ms" }, { 1e3, "us" }, { 1, "ns" } };
	unsigned int u = 0;

	/* As it is printed: 999.96 us are a millisecond. */
	while (u < 3 && ns < 0.99995 * units[u].ns)
		u++;
	ns /= units[u].ns;
	snprintf(buf, PCSC_TIME_SIZE, "%.*f %s", ns < 9.995 ? 2 : 1, ns,
		 units[u].unit);
	return buf;
}

void pcsc_put_name(char cell[PCSC_TABLE_CELL],
		   const struct pcsc_rec_function *f, struct pci_access *names)
{
	char name[PCSC_NAME_SIZE] = "(not identified)";

	if (f->flags & PCSC_REC_FN_IDS)
		pcsc_names_device(names, f->vendor, f->device, name,
				  sizeof(name));
	pcsc_put(cell, "%s%s", f->flags & PCSC_REC_FN_VF ? "VF: " : "", name);
}

#define STARS 38

void pcsc_print_stars(uint64_t value, uint64_t max)
{
	static const char stars[] = "**************************************";

	printf("|%-*.*s|\n", STARS, (int)(value * STARS / max), stars);
}
