// SPDX-License-Identifier: GPL-2.0-only
/* The second argument went with "PM: runtime: Simplify pm_runtime_get_if_active() usage". */
#include <linux/pm_runtime.h>

#if PCSC_ANSWER
int (*const question)(struct device *) = pm_runtime_get_if_active;
#else
int (*const question)(struct device *, bool) = pm_runtime_get_if_active;
#endif
