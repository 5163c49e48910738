// SPDX-License-Identifier: GPL-2.0-only
#include "sample.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "device.h"
#include "identities.h"

#define MOST_BYTES (64 << 20)

int sample_functions(int fd, struct sample_head *head, struct identities *ids)
{
	_cleanup_free_ struct pcsc_function_state *state = NULL;
	int err, count;

	head->info.size = sizeof(head->info);
	if (ioctl(fd, PCSC_IOC_INFO, &head->info))
		return -errno;
	count = pcsc_device_state(fd, &state);
	if (count < 0)
		return count;
	if (count > SAMPLE_FUNCTIONS)
		count = SAMPLE_FUNCTIONS;
	err = identities_take(ids, state, count, head->now_ns);
	if (err)
		return err;
	head->nr_devices = ids->nr_devices;
	head->nr_functions = count;
	head->has_functions = 1;
	return 0;
}

void sample_space(int fd, const struct sample_address *of,
		  struct sample_space *s)
{
	*s = (struct sample_space){
		.of = *of,
		.bytes = { .domain = of->domain,
			   .bus = of->bus,
			   .devfn = of->devfn,
			   .nr_caps = SAMPLE_CAPS,
			   .caps = (__u64)(uintptr_t)s->caps },
	};
	s->err = pcsc_device_bytes(fd, &s->bytes, s->byte, sizeof(s->byte));
	s->bytes.items = s->bytes.caps = 0;
}

static bool is_sample(const struct sample_head *h, size_t size)
{
	return size >= sizeof(*h) && size == sample_size(h);
}

ssize_t sample_read(const char *path, struct sample_head **sample)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ void *text = NULL;
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size > MOST_BYTES)
		return -EINVAL;
	text = malloc(st.st_size + 1);
	if (!text)
		return -ENOMEM;
	n = read(fd, text, st.st_size);
	if (n < 0)
		return -errno;
	if (!is_sample(text, n))
		return -EBADMSG;
	*sample = TAKE_PTR(text);
	return n;
}
