/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The registry credentials of a Rancher server, 1.x or 2.x. */

#include "config/config.h"
#include "publish/sink.h"

int rancher_publish(const struct config_sink *sink, struct sink_run *section);

/* Of all that the section of the ini says. */
uint64_t rancher_hash(const struct config_sink *sink);
