/* SPDX-License-Identifier: GPL-2.0-only */
/* Built in: the profile that the kernel begins with, from its source tree. */
	.section .rodata, "a"
	.balign 8
	.globl pcsc_image, pcsc_image_end
pcsc_image:
#ifdef PCSC_PROFILE_IMAGE
	.incbin PCSC_PROFILE_IMAGE
#endif
pcsc_image_end:
	.section .note.GNU-stack, "", %progbits
