// SPDX-License-Identifier: GPL-2.0-only
/* The profile in force. Under pcsc_mutex. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/crc32.h>
#include <linux/firmware.h>
#include <linux/kernel_read_file.h>
#include <linux/moduleparam.h>
#include <linux/vmalloc.h>

#include "core/regs.h"
#include "events.h"
#include "mode.h"
#include "profile.h"
#include "state.h"
#include "verify.h"

static char *profile = "";
module_param(profile, charp, 0444);
MODULE_PARM_DESC(profile,
		 "Compiled profile to begin with, found as firmware is");

static int refuse(struct pcsc_load *load, int err, u32 offset,
		  const char *reason)
{
	load->error_offset = offset;
	strscpy(load->reason, reason, sizeof(load->reason));
	return err;
}

static int check(const void *data, u32 size, struct pcsc_load *load)
{
	const struct pcsc_profile_header *header = data;
	struct pcsc_profile_error error = {};
	const void *covered;
	u32 length;

	if (size < sizeof(*header))
		return refuse(load, -EINVAL, size, "shorter than its header");
	if (header->magic != PCSC_PROFILE_MAGIC)
		return refuse(load, -EINVAL, 0, "not a compiled profile");
	if (header->version != PCSC_PROFILE_VERSION)
		return refuse(load, -EINVAL,
			      offsetof(struct pcsc_profile_header, version),
			      "a version this helper does not know");
	if (header->size != size)
		return refuse(load, -EINVAL,
			      offsetof(struct pcsc_profile_header, size),
			      "truncated, or longer than it says");
	covered = pcsc_profile_crc_range(data, size, &length);
	if ((crc32_le(~0, covered, length) ^ ~0) != header->crc32)
		return refuse(load, -EINVAL,
			      offsetof(struct pcsc_profile_header, crc32),
			      "its checksum does not match: damaged");
	if (pcsc_profile_check(data, size, &error))
		return refuse(load, -EINVAL, error.offset, error.reason);
	return 0;
}

/* Returns the bytes read, or a negative errno, explained in @load. */
static int read_file(int fd, void **data, struct pcsc_load *load)
{
	int ret;

	/*
	 * Read by file descriptor, as a policy, so that IMA and LSMs see it. No
	 * pointer for the file's size is passed: with one, larger files are
	 * read in part.
	 */
	ret = kernel_read_file_from_fd(fd, 0, data, PCSC_PROFILE_MAX_SIZE, NULL,
				       READING_POLICY);
	if (ret == -EFBIG)
		return refuse(load, ret, PCSC_PROFILE_MAX_SIZE,
			      "larger than 1 MiB");
	if (ret < 0)
		return refuse(load, ret, 0, "the file cannot be read");
	return ret;
}

/*
 * What the last kernel found under another profile than this one's own is not over: the
 * operator will load that profile again.
 */
static bool ends_mismatches(const struct pcsc_profile_header *fresh, bool own)
{
	return !pcsc_mismatches_are_of(fresh->crc32) &&
	       !(own && (pcsc_mismatches() || pcsc_quarantined()));
}

static void tell_of_mismatches(void)
{
	if (pcsc_mismatches() || pcsc_quarantined())
		pr_notice(
			"another profile is in force: %u mismatches are forgotten, and %u quarantined functions are served again\n",
			pcsc_mismatches(), pcsc_quarantined());
}

static void tell_of_table(const struct pcsc_profile_header *fresh)
{
	if (fresh->table_hash != pcsc_regs_hash())
		pr_info("profile '%s' was compiled with another register table: of described registers only what this one calls constant is served; compile it again\n",
			fresh->name);
}

/*
 * Put @fresh in force; @own: nobody asked for it. The mode goes off and back, so the
 * cache is empty.
 */
static int install(struct pcsc_profile_header *fresh, bool own,
		   struct pcsc_load *load)
{
	struct pcsc_profile_header *old = pcsc_profile;
	/*
	 * The last kernel may have found the mismatches under this very profile,
	 * so they are kept then.
	 */
	const bool another = ends_mismatches(fresh, own);
	const u32 mode = pcsc_mode;
	const char *reason = "";
	int ret;

	if (pcsc_asleep)
		return refuse(load, -EBUSY, 0,
			      "the host is going to sleep, or waking up");
	ret = pcsc_set_mode(PCSC_MODE_OFF, &reason);
	if (ret)
		return refuse(load, ret, 0, reason);
	pcsc_profile_set(fresh);
	/*
	 * Mismatches under the old profile do not apply to another one, but they are
	 * forgotten only once that is in force.
	 */
	pcsc_mismatches_set_aside(another);
	ret = pcsc_set_mode(pcsc_is_stopped() ? PCSC_MODE_OFF : mode, &reason);
	pcsc_mismatches_set_aside(false);
	if (ret) {
		pcsc_profile_set(old);
		return refuse(load, ret, 0, reason);
	}
	if (another) {
		tell_of_mismatches();
		pcsc_mismatches_forget(fresh->crc32);
	}
	vfree(old);
	tell_of_table(fresh);
	pcsc_event(PCSC_EVENT_PROFILE, fresh->crc32);
	load->models = fresh->nr_models;
	load->rules = fresh->nr_rules;
	return 0;
}

/* Put @data in force. This function owns it, and frees it on an error. */
static int take(void *data, size_t size, bool own, struct pcsc_load *load)
{
	int ret = check(data, size, load);

	if (!ret) {
		pcsc_lock_all();
		ret = install(data, own, load);
		pcsc_unlock_all();
	}
	if (ret)
		vfree(data);
	return ret;
}

int pcsc_profile_load(int fd, struct pcsc_load *load)
{
	void *data = NULL;
	int ret = read_file(fd, &data, load);

	return ret < 0 ? ret : take(data, ret, false, load);
}

static int take_firmware(const struct firmware *firmware,
			 struct pcsc_load *load)
{
	void *data;

	if (firmware->size > PCSC_PROFILE_MAX_SIZE)
		return refuse(load, -EFBIG, PCSC_PROFILE_MAX_SIZE,
			      "larger than 1 MiB");
	data = vmalloc(firmware->size);
	if (!data)
		return refuse(load, -ENOMEM, 0, "out of memory");
	memcpy(data, firmware->data, firmware->size);
	return take(data, firmware->size, false, load);
}

void pcsc_profile_from_firmware(struct device *device)
{
	const struct firmware *firmware;
	struct pcsc_load load = {};
	int ret;

	if (!*profile)
		return;
	ret = request_firmware_direct(&firmware, profile, device);
	if (ret) {
		pr_err("profile=%s: the firmware loader cannot load that file (%d), which belongs into /lib/firmware; nothing is served until a profile is loaded\n",
		       profile, ret);
		return;
	}
	ret = take_firmware(firmware, &load);
	release_firmware(firmware);
	if (ret)
		pr_err("profile=%s: refused at byte %u: %s; nothing is served until a profile is loaded\n",
		       profile, load.error_offset, load.reason);
	else
		pr_info("profile=%s: %u models, %u rules in force\n", profile,
			load.models, load.rules);
}

#ifndef MODULE

void pcsc_profile_from_image(void)
{
	const size_t size = pcsc_image_end - pcsc_image;
	struct pcsc_load load = {};
	void *data;

	if (!size)
		return;
	data = vmalloc(size);
	if (!data)
		return;
	memcpy(data, pcsc_image, size);
	if (take(data, size, true, &load))
		pr_err("the kernel's own profile was refused at byte %u: %s; nothing is served until a profile is loaded\n",
		       load.error_offset, load.reason);
}

#endif

void pcsc_profile_destroy(void)
{
	struct pcsc_profile_header *last = pcsc_profile;

	mutex_lock(&pcsc_mutex);
	pcsc_profile_set(NULL);
	mutex_unlock(&pcsc_mutex);
	vfree(last);
}
