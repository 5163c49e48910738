/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The slots of a latency histogram, as BPF programs fill them and recordings
 * hold them: four to an octave, each 2^(1/4) as wide as the one before, so that
 * the middle of a slot is within 10 % of all that is in it. Nothing that is
 * measured is shorter than the first, which begins at 0 for all that.
 */
#ifndef PCSC_SLOTS_H
#define PCSC_SLOTS_H

#define PCSC_SLOTS_PER_OCTAVE 4
#define PCSC_SLOTS_FIRST_OCTAVE 6 /* 64 ns */
#define PCSC_SLOTS_END_OCTAVE 32 /* 4.3 s; longer ones are in the last slot */
#define PCSC_SLOTS                                           \
	((PCSC_SLOTS_END_OCTAVE - PCSC_SLOTS_FIRST_OCTAVE) * \
	 PCSC_SLOTS_PER_OCTAVE)

/* 2^31 times 2^(1/4), 2^(2/4), 2^(3/4), rounded up. */
#define PCSC_SLOTS_QUARTER_1 2553802834u
#define PCSC_SLOTS_QUARTER_2 3037000500u
#define PCSC_SLOTS_QUARTER_3 3611622603u

/* The slot that a latency belongs to: straight code, for the verifier. */
static inline __attribute__((always_inline)) unsigned int
pcsc_slot_of(unsigned long long ns)
{
	unsigned int v = ns >> 32 ? ~0u : ns, octave = 0, shift;

	if (v < 1u << PCSC_SLOTS_FIRST_OCTAVE)
		return 0;
	for (shift = 16; shift; shift >>= 1) {
		if (v >> shift >> octave)
			octave += shift;
	}
	v <<= 31 - octave;
	return (octave - PCSC_SLOTS_FIRST_OCTAVE) * PCSC_SLOTS_PER_OCTAVE +
	       (v >= PCSC_SLOTS_QUARTER_1) + (v >= PCSC_SLOTS_QUARTER_2) +
	       (v >= PCSC_SLOTS_QUARTER_3);
}

/* The least latency of a slot, in nanoseconds; also of one behind the last. */
static inline unsigned long long pcsc_slot_low(unsigned int slot)
{
	static const unsigned long long quarters[PCSC_SLOTS_PER_OCTAVE] = {
		1ull << 31,
		PCSC_SLOTS_QUARTER_1,
		PCSC_SLOTS_QUARTER_2,
		PCSC_SLOTS_QUARTER_3,
	};
	unsigned int octave =
		slot / PCSC_SLOTS_PER_OCTAVE + PCSC_SLOTS_FIRST_OCTAVE;

	if (!slot)
		return 0;
	return ((quarters[slot % PCSC_SLOTS_PER_OCTAVE] << octave) +
		(1ull << 31) - 1) >>
	       31;
}

#endif
