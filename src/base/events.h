/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Every event that an operator can find in the journal, with its MESSAGE_ID and priority. The
 * message catalog (etc/ecr-refresher.catalog) explains each; a test compares the two.
 */

#include <syslog.h>

/* X(name, message id, priority) */
#define EVENTS(X)                                                                                  \
	X(TOKEN_RENEWED, "488adbd966ae401181eee49e3aaf33e1", LOG_INFO)                             \
	X(TOKEN_FAILED, "73b313281397413fb230049322f95d1e", LOG_ERR)                               \
	X(FILE_WRITTEN, "05cb999ff60644daaf60bf20cbb6c0e3", LOG_INFO)                              \
	X(FILE_FAILED, "97710be35baf411ca571b2e9847e6c98", LOG_ERR)                                \
	X(ENTRY_REMOVED, "d0c46ea0f7be40a48e73952691734851", LOG_INFO)                             \
	X(ENTRY_HIDDEN, "27cb507ee0204f85b1249bd156818988", LOG_WARNING)                           \
	X(USER_FAILED, "8eafd0349861491aafab365f814a4404", LOG_ERR)                                \
	X(CONFIG_INVALID, "cdfa131f56674d9c82b8488749068a3c", LOG_ERR)                             \
	X(NOTHING_CONFIGURED, "0b53a4294ed54402b30e06a0cfafd104", LOG_INFO)                        \
	X(STATE_FAILED, "204af5df5a1d434bbd43746c83f2caad", LOG_ERR)                               \
	X(CLOCK_SKEW, "54389495c994471eb5f055b79ae1084f", LOG_WARNING)                             \
	X(CREDENTIALS_EXPOSED, "41689052639a4ec097a1886a8725c6dc", LOG_WARNING)                    \
	X(METRICS_FAILED, "192b4c9a2e7f40ce8127e96058baa677", LOG_ERR)                             \
	X(PUBLISHED, "8b88163d20ac4fba9fe55fdd0d1656a5", LOG_INFO)                                 \
	X(PUBLISH_FAILED, "d5803158d10d492b92fb919f377b74a0", LOG_ERR)                             \
	X(PUBLISH_WARNING, "a14c1fbc0c254e98a6f003a3c6654468", LOG_WARNING)                        \
	X(UNPUBLISHED, "1268918b18cd4fabb2e5d61da3eaf4ca", LOG_INFO)                               \
	X(PULL_FAILED, "93786b42ce78446dab838b9d610b3691", LOG_ERR)                                \
	X(CACHE_REBUILT, "8445262987c247febfebe9b81dd6d633", LOG_WARNING)                          \
	X(WATCH_FAILED, "02218853474c40d4a292be4714853a46", LOG_WARNING)

enum event {
#define X(name, id, priority) EVENT_##name,
	EVENTS(X)
#undef X
};
